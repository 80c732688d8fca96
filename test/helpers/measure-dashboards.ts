/**
 * How long Loki takes for the dashboards, on the log records of a month of many agents:
 *
 *     node test/helpers/measure-dashboards.ts serve          # starts Loki with the stack's settings, prints its address
 *     node test/helpers/measure-dashboards.ts fill URL [30 [1]]  # these days ago; 20 agents, 5 million records of events
 *     node test/helpers/measure-dashboards.ts ask URL [1d,7d,30d [FILES [0]]]  # ranges, dashboards, and how many days ago they end
 *
 * Records are those that the bridge makes, of events like those of real agents. All queries of a dashboard are asked at
 * once, as Grafana does.
 */
import { encodeRecords } from '../../otel-bridge/delivery/encode-records.ts';
import type { LogRecord, OutboxRecord } from '../../otel-bridge/domain/outbox.ts';
import { toLogRecord } from '../../otel-bridge/projections/logs.ts';
import { notableCopy } from '../../otel-bridge/projections/notable.ts';
import {
  ACCOUNT_MS,
  accountOf,
  type SessionAccount,
  toAccountRecord,
  togetherOf,
} from '../../otel-bridge/projections/session-account.ts';
import { dashboards, fillIn, panelQueries } from './dashboard-queries.ts';
import { startLoki } from './engines.ts';
import { makeEvent, makeFact } from './journal-fixture.ts';
import { askNow, askRecords, askSteps } from './query-engines.ts';
import { createRandom } from './seeded-random.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const EXPORT_MS = 10_000;
const AGENTS = [...Array(20).keys()].map((index) => ({
  project: `project-${index % 4}`,
  agent: `agent-${index}`,
  framework: ['claude-code', 'codex', 'openclaw'][index % 3] as string,
  host: `host-${index % 5}`,
}));
type Owner = (typeof AGENTS)[number];
const SESSIONS_A_DAY = 24;
const RUNS = 4;
const TURNS_A_RUN = 20;
const RECORDS_A_REQUEST = 2000;
const TOOLS = ['Bash', 'Read', 'Edit', 'Grep', 'mcp__web__fetch'];
const SETTINGS = { instanceId: '0f8fad5b-d9cb-469f-a165-70867728950e', historyAfterMs: Number.MAX_VALUE };
const random = createRandom(8);
const below = (limit: number): number => Math.floor(random() * limit);
const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
let ids = 0;
let accounts = 0;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Log records of one session, and those of its accounts. */
function session(owner: Owner, startMs: number, parent: string | undefined, id: string): LogRecord[] {
  const records: LogRecord[] = [];
  const pending = new Map<string, { account: SessionAccount; dueMs: number }>();
  let atMs = startMs;
  const account = (nowMs: number): void => {
    for (const [key, { account, dueMs }] of pending) {
      if (dueMs > nowMs) continue;
      pending.delete(key);
      records.push(toAccountRecord(account, ++accounts, nowMs));
    }
  };
  const tell = (type: string, payload: Record<string, unknown>, runId?: string): void => {
    atMs += 500 + below(4500);
    account(atMs - (atMs % EXPORT_MS));
    const usage = payload as Record<string, number>;
    const isCall = type === 'api.request';
    const correlation = { sessionId: id, ...(runId === undefined ? {} : { runId }) };
    const event = makeEvent({ id: `event-${++ids}-${id}`, type, tsMs: atMs, correlation, payload });
    const fact = makeFact({
      key: `${type}:${ids}`,
      kind: isCall ? 'api' : 'event',
      data: payload,
      runId: runId ?? null,
      name: (payload.tool_name ?? payload.model ?? null) as string | null,
      outcome: type.endsWith('.end') ? pick(['success', 'success', 'success', 'failure']) : 'unknown',
      durationMs: (payload.duration_ms ?? null) as number | null,
      ...(isCall
        ? {
            inputTokens: usage.input_tokens as number,
            outputTokens: usage.output_tokens as number,
            cacheReadTokens: usage.cache_read_tokens as number,
            cacheCreationTokens: usage.cache_creation_tokens as number,
            costNanoUsd: payload.model === 'house-llm' ? null : 1000 * below(900_000),
            costSource: 'reported' as const,
          }
        : {}),
    });
    const record = toLogRecord({ ...event, journalSeq: ids, receivedMs: atMs }, fact, owner, SETTINGS);
    records.push(record);
    const copy = notableCopy(record);
    if (copy !== null) records.push(copy);
    const one = accountOf(record);
    if (one === null) return;
    const key = [one.fromMs, one.subagent, one.model].join(' ');
    const known = pending.get(key);
    const dueMs = one.isTurn ? atMs : atMs + ACCOUNT_MS;
    pending.set(key, {
      account: known === undefined ? one : togetherOf(known.account, one),
      dueMs: Math.min(dueMs, known?.dueMs ?? dueMs),
    });
  };
  const turn = (runId: string): void => {
    const subagent = random() < 0.2 ? pick(['Explore', 'reviewer']) : undefined;
    const model = random() < 0.01 ? 'house-llm' : pick(['claude-opus-5-5', 'claude-haiku-4-5']);
    tell(
      'api.request',
      {
        ...{ request_id: `req_011CU${ids}${id}`, model, provider: 'anthropic', stop_reason: 'tool_use' },
        ...{ duration_ms: 500 + below(9000), ttft_ms: 200 + below(900), context_window_tokens: 200_000 },
        ...{ input_tokens: below(900), output_tokens: 1 + below(900), cache_creation_tokens: below(3000) },
        ...{ cache_read_tokens: below(150_000), query_source: subagent === undefined ? 'main' : 'subagent' },
        ...(subagent === undefined ? {} : { subagent, subagent_id: `agent-${runId}` }),
        ...{ effort: pick(['low', 'high']), speed: 'standard', attempt: 1 },
      },
      runId,
    );
    const tool = pick(TOOLS);
    const call = { tool_name: tool, tool_use_id: `toolu_01${ids}${id}` };
    const decided = random() < 0.02 ? ['reject', 'user_reject'] : ['accept', 'config'];
    tell('tool.decision', { ...call, decision: decided[0], decision_source: decided[1] }, runId);
    tell('span.start', { kind: 'tool', action_class: 'shell', ...call }, runId);
    const edit =
      tool === 'Edit' ? { file_operation: 'edit', lines_added: below(40), lines_removed: below(9) } : {};
    tell(
      'span.end',
      {
        ...{ kind: 'tool', action_class: 'shell', status: 'success', ...call, ...edit },
        ...{ duration_ms: 5 + below(9000), result_size_bytes: below(40_000), exit_code: 0 },
      },
      runId,
    );
  };
  const seldom: readonly [chance: number, type: string, payload: () => Record<string, unknown>][] = [
    [0.2, 'git.commit', () => ({ sha: `${ids}`.padStart(40, '0'), branch: 'main' })],
    [0.1, 'compaction', () => ({ trigger: 'auto', pre_tokens: 150_000 + below(9000), post_tokens: 9000 })],
    [0.05, 'mode.change', () => ({ from_mode: 'default', to_mode: pick(['plan', 'bypassPermissions']) })],
    [0.02, 'guardrail.violation', () => ({ rule: 'deny.paths', action: 'observe', tool_name: 'Bash' })],
    [0.01, 'refusal', () => ({ category: 'policy' })],
    [0.1, 'egress.request', () => ({ host: pick(['registry.test', 'paste.test']), decision: 'allow' })],
    [1, 'token.attribution', () => ({ file_path: `src/file-${below(50)}.ts`, input_tokens: below(9000) })],
  ];

  tell('session.start', { start_type: 'fresh', parent_session_id: parent });
  for (let run = 1; run <= RUNS; run++) {
    const runId = `${id}-run-${run}`;
    tell('run.start', {}, runId);
    tell('prompt', { length: below(900) }, runId);
    for (let left = TURNS_A_RUN; left > 0; left--) turn(runId);
    for (const [chance, type, payload] of seldom) if (random() < chance) tell(type, payload(), runId);
    tell('run.end', { status: 'success' }, runId);
  }
  tell('session.end', { reason: 'exit' });
  account(atMs + 2 * ACCOUNT_MS);
  return records;
}

/** Posts records, which are of one agent, in order. */
async function store(url: string, records: readonly LogRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += RECORDS_A_REQUEST) {
    const some = records.slice(from, from + RECORDS_A_REQUEST);
    const outbox = some.map((log, seq): OutboxRecord => ({ seq, lane: 'logs', log }));
    const response = await fetch(`${url}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(encodeRecords(outbox, { name: 'agent-monitor', version: '0' })),
    });
    if (!response.ok) throw new Error(`"${url}" answered ${response.status}: ${await response.text()}`);
  }
}

/** @param oldest how many days ago it begins @param newest and how many days ago its last day does */
async function fill(url: string, oldest: number, newest: number): Promise<void> {
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  let events = 0;
  let stored = Promise.resolve();
  for (let day = oldest; day >= newest; day--) {
    for (const owner of AGENTS) {
      let last: string | undefined;
      const records = [...Array(SESSIONS_A_DAY).keys()].flatMap((hour) => {
        const id = `5d1f0c2e-${owner.agent}-${day}-${hour}`;
        const parent = random() < 0.1 ? last : undefined;
        last = id;
        // Some hours of work a day, as of people: a session begins each hour and takes a quarter of it.
        return session(owner, endMs - day * DAY_MS + hour * HOUR_MS, parent, id);
      });
      events += records.length;
      // The next agent's are made while these are stored.
      await stored;
      stored = store(url, records);
      // A failure is told by the next agent's turn.
      stored.catch(() => undefined);
    }
    await stored;
    // Agents rest at night, and Loki writes what has been silent for half an hour.
    await fetch(`${url}/flush`, { method: 'POST' });
    print(`day ${day}: ${events} records, ${accounts} of them accounts`);
  }
}

/** @param only names of dashboards' files; empty = all @param daysAgo when the ranges end */
async function ask(
  url: string,
  ranges: readonly string[],
  only: readonly string[],
  daysAgo: number,
): Promise<void> {
  const target = { api: `${url}/loki/api/v1` };
  const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - daysAgo * DAY_MS;
  const selections = {
    All: {},
    'one session': {
      project: ['project-1'],
      agent: ['agent-1'],
      session: [`5d1f0c2e-agent-1-${daysAgo + 1}-3`],
    },
    'one agent of one project': { project: ['project-1'], agent: ['agent-1'] },
  };
  for (const [name, selected] of Object.entries(selections)) {
    for (const range of ranges) {
      const rangeMs = Number.parseInt(range, 10) * (range.endsWith('h') ? HOUR_MS : DAY_MS);
      const stepMs = Math.ceil(rangeMs / 300 / 60_000) * 60_000;
      for (const file of dashboards().keys()) {
        const mine = panelQueries().filter(
          ({ where, store }) => where.startsWith(`${file} `) && store === 'loki',
        );
        // The timeline is one session's: of all sessions at once it is not meant.
        const isMeant = name !== 'All' || file !== 'session-timeline.json';
        if (mine.length === 0 || !isMeant || (only.length > 0 && !only.includes(file))) continue;
        const times = await Promise.all(
          mine.map(async ({ where, kind, expr, panel }) => {
            const query = fillIn('loki', expr, { rangeMs, stepMs, selected });
            const fromMs = toMs - rangeMs;
            const startedMs = performance.now();
            let problem = '';
            try {
              if (kind === 'now') await askNow(target, query, toMs);
              else if (kind === 'over time') await askSteps(target, query, { fromMs, toMs, stepMs });
              else await askRecords(target, query, { fromMs, toMs, limit: 500 });
            } catch (error) {
              problem = String(error).slice(-120);
            }
            return { ms: performance.now() - startedMs, where: `${where} ${panel.type} ${problem}` };
          }),
        );
        const sorted = times.toSorted((a, b) => b.ms - a.ms);
        const seconds = (ms = 0): string => (ms / 1000).toFixed(2);
        print(
          `${name}, ${range}, ${file}: ${seconds(sorted[0]?.ms)} s; ${sorted
            .slice(0, 3)
            .map(({ ms, where }) => `${seconds(ms)} ${where.slice(file.length + 1)}`)
            .join('; ')}`,
        );
      }
    }
  }
}

const [verb, url = '', what, until, ago] = process.argv.slice(2);
if (verb === 'serve') print((await startLoki()).url);
else if (verb === 'fill') await fill(url, Number(what ?? 30), Number(until ?? 1));
else if (verb === 'ask')
  await ask(
    url,
    (what ?? '1d,7d,30d').split(','),
    until?.split(',').filter((file) => file !== '') ?? [],
    Number(ago ?? 0),
  );
else throw new Error(`Cannot do "${verb}", expected serve, fill or ask`);
