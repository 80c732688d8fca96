import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Attributes, LogRecord } from '../../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../../otel-bridge/journal/sqlite/event-row.ts';
import { makeWorkload, SLOT_MS } from '../../helpers/agent-workload.ts';
import { JournalBench, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';
import { createRandom } from '../../helpers/seeded-random.ts';

const MINUTE_MS = 60_000;
const number = (value: unknown): number => (value === undefined ? 0 : Number(value));
const isTool = ({ 'event.name': type, 'gen_ai.tool.name': tool }: Attributes) =>
  type === 'span.end' && tool !== undefined;
const isCall = ({ 'event.name': type }: Attributes) => type === 'api.request';
const isUnpriced = (a: Attributes) => isCall(a) && number(a.output_tokens) > 0 && a.cost_usd === undefined;

/** What each field of an account stands for, of one event. */
const SUMS: Readonly<Record<string, (of: Attributes) => number>> = {
  runs: ({ 'event.name': type }) => Number(type === 'run.end'),
  model_calls: (of) => Number(isCall(of)),
  unpriced_calls: (of) => Number(isUnpriced(of)),
  unpriced_output_tokens: (of) => (isUnpriced(of) ? number(of.output_tokens) : 0),
  tool_calls: (of) => Number(isTool(of)),
  failed_tool_calls: (of) => Number(isTool(of) && ['failure', 'error'].includes(String(of['agent.outcome']))),
  cost_usd: (of) => number(of.cost_usd),
  lines_added: (of) => (of['event.name'] === 'span.end' ? number(of.lines_added) : 0),
  lines_removed: (of) => (of['event.name'] === 'span.end' ? number(of.lines_removed) : 0),
};
const PEAKS: Readonly<Record<string, (of: Attributes) => number>> = {
  prompt_tokens: (of) =>
    isCall(of)
      ? number(of.input_tokens) + number(of.cache_read_tokens) + number(of.cache_creation_tokens)
      : 0,
};

/** Log records in the outbox: those of events, and accounts. */
function told(bench: JournalBench): { events: LogRecord[]; accounts: LogRecord[] } {
  const logs = [...bench.records<LogRecord>('logs'), ...bench.records<LogRecord>('digest/logs')];
  const of = (service: string) => logs.filter(({ resource }) => resource['service.name'] === service);
  return { events: of('agent-monitor'), accounts: of('agent-monitor-sessions') };
}

const sessionOf = ({ resource, attributes }: LogRecord): string =>
  [resource.project, resource.agent, attributes['session.id'], attributes.subagent ?? ''].join(' ');

function figures(
  records: readonly LogRecord[],
  value: (name: string, of: Attributes) => number,
): Map<string, Record<string, number>> {
  const groups = Map.groupBy(records, sessionOf);
  return new Map(
    [...groups].map(([session, group]) => {
      const of = (name: string): number[] => group.map(({ attributes }) => value(name, attributes));
      const sums = Object.keys(SUMS).map((name): [string, number] => [
        name,
        Math.round(of(name).reduce((a, b) => a + b, 0) * 1e9) / 1e9,
      ]);
      const peaks = Object.keys(PEAKS).map((name): [string, number] => [name, Math.max(...of(name))]);
      return [session, Object.fromEntries([...sums, ...peaks])];
    }),
  );
}

/** Passes time as the bridge does: it exports every ten seconds. */
function live(bench: JournalBench, untilMs: number): void {
  for (; bench.nowMs < untilMs; bench.pass(10_000)) bench.core.exportMetrics();
  bench.core.exportMetrics();
}

describe('accounts of sessions', () => {
  it('add up to what the log records of events tell, whenever the bridge is killed', () => {
    using bench = new JournalBench();
    const { events } = makeWorkload({
      startMs: START_MS,
      slots: [0, 1, 2],
      newToolFrom: 2,
      name: 'accounts',
      pace: 1,
    });
    const random = createRandom(8);
    for (const event of events) {
      live(bench, event.tsMs);
      bench.append(event);
      if (random() < 0.05) bench.reopen();
    }
    live(bench, START_MS + 4 * SLOT_MS);

    const { events: records, accounts } = told(bench);
    const byEvents = figures(records, (name, of) => (SUMS[name] ?? PEAKS[name])?.(of) ?? 0);
    const byAccounts = figures(accounts, (name, of) => number(of[name]));
    expect(byAccounts.size).toBeGreaterThan(10);
    expect(byAccounts).toEqual(byEvents);
    // Every field is told by somebody, or nothing was compared.
    for (const name of [...Object.keys(SUMS), ...Object.keys(PEAKS)])
      expect([name, [...byAccounts.values()].some((of) => (of[name] ?? 0) > 0)]).toEqual([name, true]);
    expect(accounts.length * 4).toBeLessThan(records.length);

    // Times: the first and last of a session are those of its events, and no account spans more than a minute.
    const ms = ({ timeUnixNano }: LogRecord) => Number(BigInt(timeUnixNano) / 1_000_000n);
    for (const [session, group] of Map.groupBy(accounts, sessionOf)) {
      const times = records.filter((record) => sessionOf(record) === session).map(ms);
      expect(Math.min(...group.map(({ attributes }) => number(attributes.first_ms)))).toBe(
        Math.min(...times),
      );
      expect(Math.max(...group.map(({ attributes }) => number(attributes.last_ms)))).toBe(Math.max(...times));
    }
    for (const account of accounts) {
      expect(ms(account)).toBe(account.attributes.last_ms);
      expect(ms(account) - number(account.attributes.first_ms)).toBeLessThan(MINUTE_MS);
    }
    // Two records of one stream, time and line are one to Loki.
    expect(new Set(accounts.map(({ body, timeUnixNano }) => `${timeUnixNano} ${body}`)).size).toBe(
      accounts.length,
    );
    expect(bench.query('SELECT * FROM session_accounts')).toEqual([]);
  });

  it('are told at once where something begins or is over, else after a minute', () => {
    using bench = new JournalBench();
    const at = (ms: number, type: string, id: string) =>
      makeEvent({
        ...{ id, type, tsMs: START_MS + ms, correlation: { sessionId: 's' } },
        attributes: { project: 'demo', agent: 'zap' },
      });
    bench.append(at(0, 'session.start', 'a'));
    bench.pass(10_000);
    bench.core.exportMetrics();
    expect(told(bench).accounts).toHaveLength(1);
    // In any order: the later one comes first.
    bench.append(at(10_500, 'error', 'b'));
    bench.append(at(10_000, 'error', 'c'));
    live(bench, START_MS + 60_000);
    expect(told(bench).accounts).toHaveLength(1);
    live(bench, START_MS + 80_000);
    expect(told(bench).accounts).toHaveLength(2);
    expect(told(bench).accounts[1]?.attributes).toMatchObject({
      first_ms: START_MS + 10_000,
      last_ms: START_MS + 10_500,
    });
  });

  it('count each event once where one among them cannot be read', () => {
    using bench = new JournalBench();
    const ends = [...Array(8).keys()].map((n) =>
      makeEvent({
        id: `end-${n}`,
        type: 'run.end',
        tsMs: START_MS + n,
        correlation: { sessionId: 's', runId: `${n}` },
        // Known for sure, so that records leave at once.
        attributes: { project: 'demo', agent: 'zap' },
      }),
    );
    bench.core.append([{ events: ends.map((event) => eventRow(event, START_MS)), raw: [] }]);
    using writer = new DatabaseSync(bench.path);
    writer.exec("UPDATE events SET body = '{' WHERE id = 'end-5'");
    live(bench, START_MS + 2 * MINUTE_MS);
    const { events, accounts } = told(bench);
    expect(events).toHaveLength(7);
    expect(accounts.map(({ attributes }) => attributes.runs)).toEqual([7]);
  });

  it('leave out history, and what was forgotten', () => {
    using bench = new JournalBench();
    bench.append(
      makeEvent({
        id: 'old',
        type: 'error',
        tsMs: START_MS - 2 * 86_400_000,
        correlation: { sessionId: 'history' },
      }),
      makeEvent({ id: 'new', type: 'error', tsMs: START_MS, correlation: { sessionId: 'forgotten' } }),
    );
    bench.pass(10_000);
    expect(bench.query('SELECT session_id FROM session_accounts')).toEqual([{ session_id: 'forgotten' }]);
    while (bench.core.prune({ sessionId: 'forgotten' }).more);
    live(bench, START_MS + 5 * MINUTE_MS);
    expect(told(bench).accounts).toEqual([]);
  });

  it('do not wait for a clock that was set back', () => {
    using bench = new JournalBench();
    bench.append(makeEvent({ id: 'a', type: 'error', tsMs: START_MS, correlation: { sessionId: 's' } }));
    bench.pass(10_000);
    bench.nowMs -= 3_600_000;
    bench.core.exportMetrics();
    expect(told(bench).accounts).toHaveLength(1);
  });
});
