import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentEvent, Origin } from '../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';

/** Sums that an agent tells of a session wait six times as long as other facts. */
const ALL_SETTLED_MS = 10 * SETTLE_MS;
const HISTORY_MS = 30 * 3_600_000;

/** One thing that happened, and which origins tell of it. */
interface Happening {
  readonly session: string;
  readonly kind: 'api' | 'hidden' | 'tool' | 'edit' | 'commit' | 'run' | 'resume' | 'compaction' | 'task';
  readonly tokens: number;
  readonly origins: readonly Origin[];
  readonly requestId: boolean;
  readonly failed: boolean;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  session: fc.constantFrom('s1', 's2'),
  kind: fc.constantFrom('api', 'hidden', 'tool', 'edit', 'commit', 'run', 'resume', 'compaction', 'task'),
  tokens: fc.integer({ min: 1, max: 3 }),
  origins: fc.subarray<Origin>(['telemetry', 'transcript', 'hook'], { minLength: 1 }),
  requestId: fc.boolean(),
  failed: fc.boolean(),
});

/** A stream: everything of a session s2 is history when it comes. */
function eventsOf(happenings: readonly Happening[], resumesAt: number): AgentEvent[] {
  const told = happenings.flatMap((each, place) =>
    originsOf(each, happenings).flatMap((origin) => tell(each, origin, place)),
  );
  return [...told, ...sums(happenings), ...ends(happenings, resumesAt)];
}

/**
 * Of equal calls without request ids an origin tells all or none: which of them it left out, and so in which process that
 * one was, nobody could say.
 */
function originsOf(happened: Happening, happenings: readonly Happening[]): readonly Origin[] {
  const isEqual = ({ session, kind, tokens, requestId }: Happening): boolean =>
    session === happened.session && kind === 'api' && tokens === happened.tokens && !requestId;
  return (isEqual(happened) ? happenings.find(isEqual) : undefined)?.origins ?? happened.origins;
}

function timeOf(session: string, place: number): number {
  return START_MS - 100_000 + place * 1000 - (session === 's2' ? HISTORY_MS : 0);
}

function common(session: string, origin: Origin, place: number) {
  return {
    tsMs: timeOf(session, place),
    tsNanos: 0,
    source: { framework: 'claude-code', host: 'box' },
    correlation: { sessionId: session, runId: `run-${session}` },
    attributes: { project: 'demo', agent: 'a', branch: `branch-${place % 2}`, repository: 'shop' },
    origin,
  };
}

function tell(happened: Happening, origin: Origin, place: number): AgentEvent[] {
  const { session, kind, tokens, requestId, failed } = happened;
  const base = common(session, origin, place);
  const id = (part: string): string => `${origin}-${part}-${place}`;
  const span = (payload: Record<string, unknown>): AgentEvent[] => {
    const call = { tool_use_id: `t${place}`, ...payload };
    return [
      { ...base, id: id('start'), type: 'span.start', payload: { kind: 'tool', ...call } },
      {
        ...base,
        id: id('end'),
        type: 'span.end',
        payload: { kind: 'tool', status: failed ? 'failure' : 'success', duration_ms: 5, ...call },
      },
    ];
  };
  switch (kind) {
    case 'api': {
      // Without request ids calls are told apart by place alone; hooks do not tell of them then.
      if (!requestId && origin === 'hook') return [];
      const ids = requestId ? { request_id: `req${place}` } : { message_id: `m${place}` };
      const payload = {
        ...ids,
        ...usage(tokens),
        model: 'priced',
        query_source: place % 3 === 0 ? 'subagent' : 'main',
        effort: tokens > 1 ? 'high' : 'low',
        skill: `skill-${tokens}`,
      };
      return [{ ...base, id: id('api'), type: 'api.request', payload }];
    }
    case 'tool':
      return span({ tool_name: 'Bash', mcp_server: 'files' });
    case 'edit': {
      // What is written is known to who sees the answer of the tool.
      const lines = origin === 'telemetry' ? {} : { lines_added: tokens, lines_removed: 1 };
      return span({ tool_name: 'Edit', file_operation: 'edit', file_path: 'a.ts', ...lines });
    }
    case 'commit': {
      const sha = origin === 'telemetry' ? {} : { commit_sha: `${place}abcdef0` };
      return span({ tool_name: 'Bash', ...sha });
    }
    case 'run': {
      const correlation = { sessionId: session, runId: `r${place}` };
      const prompt = { prompt_id: `r${place}`, length: 3 };
      return [
        { ...base, correlation, id: id('prompt'), type: 'prompt', payload: prompt },
        {
          ...base,
          correlation,
          tsMs: base.tsMs + 500,
          id: id('run-end'),
          type: 'run.end',
          payload: { status: failed ? 'error' : 'success', duration_ms: 500 },
        },
      ];
    }
    case 'resume':
      return [{ ...base, id: id('start'), type: 'session.start', payload: { start_type: 'resume' } }];
    case 'compaction': {
      const payload = { kind: 'compaction', status: 'success', trigger: 'auto', post_tokens: place + 1 };
      const correlation = { ...base.correlation, spanId: `compaction-${place}` };
      return [{ ...base, correlation, id: id('compaction'), type: 'span.end', payload }];
    }
    case 'task': {
      const task = { task_id: `task-${place}`, name: 'fix it', task_type: 'mcp' };
      const correlation = { sessionId: session };
      const end = { ...task, status: failed ? 'failure' : 'success', duration_ms: 100 };
      return [
        { ...base, correlation, id: id('task'), type: 'task.start', payload: task },
        { ...base, correlation, tsMs: base.tsMs + 100, id: id('task-end'), type: 'task.end', payload: end },
      ];
    }
    case 'hidden':
      // No event tells of it: only the sums of the session do.
      return [];
  }
}

function usage(tokens: number) {
  return { input_tokens: tokens, output_tokens: 1, cost_usd: tokens * 1e-6 };
}

/** What the agent's metrics tell of each session, in steps. */
function sums(happenings: readonly Happening[]): AgentEvent[] {
  const place = happenings.length;
  return sessionsOf(happenings).flatMap((session): AgentEvent[] => {
    const edits = happenings.filter((each) => each.session === session && each.kind === 'edit');
    const tally = (measure: string, amount: number, part: number): AgentEvent => ({
      ...common(session, 'telemetry', place),
      id: `tally-${session}-${measure}-${part}`,
      type: 'agent.tally',
      payload: { measure, teller: 'metric', amount },
    });
    return [
      ...edits.flatMap(({ tokens }, part) => [
        tally('lines_added', tokens, part),
        tally('lines_removed', 1, part),
      ]),
      tally('active_ms_cli', 250, 0),
    ];
  });
}

/**
 * What the agent says at the end of each of its processes that all calls of the session so far used.
 * @param resumesAt where a second process goes on with each session; 0 = there is one
 */
function ends(happenings: readonly Happening[], resumesAt: number): AgentEvent[] {
  const end = (session: string, from: number, until: number): AgentEvent => {
    const calls = happenings
      .slice(0, Math.ceil(until))
      .filter((each) => each.session === session && (each.kind === 'api' || each.kind === 'hidden'));
    const input = calls.reduce((sum, { tokens }) => sum + tokens, 0);
    const models = { priced: { input_tokens: input, output_tokens: calls.length, cost_usd: input * 1e-6 } };
    return {
      ...common(session, 'transcript', until),
      id: `end-${session}-${from}`,
      type: 'session.end',
      payload: { reason: 'exit', since_ms: timeOf(session, from), models },
    };
  };
  const last = happenings.length;
  return sessionsOf(happenings).flatMap((session) =>
    resumesAt > 0 && resumesAt < last
      ? [end(session, 0, resumesAt - 0.5), end(session, resumesAt - 0.25, last)]
      : [end(session, 0, last)],
  );
}

function sessionsOf(happenings: readonly Happening[]): string[] {
  return [...new Set(happenings.map(({ session }) => session))];
}

/** Ends of processes stay in their order, as the transcript has them. */
function withEndsInOrder(events: readonly AgentEvent[]): AgentEvent[] {
  const isEnd = ({ type }: AgentEvent): boolean => type === 'session.end';
  const inOrder = events.filter(isEnd).sort((a, b) => a.tsMs - b.tsMs);
  return events.map((event) => (isEnd(event) ? (inOrder.shift() ?? event) : event));
}

/** All counters, and the numbers of observations of all histograms, over all of their attributes. */
function totals(bench: JournalBench): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (name: string, value: number): void => {
    sums[name] = Math.round(((sums[name] ?? 0) + value) * 1e6) / 1e6;
  };
  for (const { metric, value } of bench.query('SELECT metric, value FROM series')) {
    const held = JSON.parse(String(value)) as number | { count: number };
    // How long something took is frozen when it is counted, as its attributes are.
    add(String(metric), typeof held === 'number' ? held : held.count);
  }
  return sums;
}

/** Everything that is known of facts and sessions, without who told it first and what counters hold. */
function readModel(bench: JournalBench): unknown {
  const facts = bench
    .query(
      `SELECT key, kind, session_id, run_id, event_type, start_ms, end_ms, name, outcome, input_tokens, output_tokens,
         cost_nano_usd, cost_source, duration_ms, data, history, superseded, state FROM facts
       WHERE kind <> 'event' AND NOT (key LIKE 'remainder:%' AND input_tokens + output_tokens = 0) ORDER BY key`,
    )
    .map((row) => {
      const { counted: _, ...data } = JSON.parse(String(row.data)) as Record<string, unknown>;
      if (!String(row.key).includes('#')) return { ...row, data };
      // Calls without an id are told apart by their tokens and place alone: of equal ones the rest may be swapped.
      const { key, session_id, input_tokens, output_tokens, cost_nano_usd, state, history } = row;
      return { key, session_id, input_tokens, output_tokens, cost_nano_usd, state, history };
    });
  const sessions = bench.query(
    `SELECT id, framework, host, project, agent, repository, branch, model, started_ms, last_ms, ended_ms, end_reason,
       start_type FROM sessions ORDER BY id`,
  );
  return { facts, sessions };
}

/**
 * How something ended may be learned after it was counted, of a run say that the next prompt seemed to end. Counters do not
 * move then: the read model alone says that it failed.
 */
function withoutErrors({
  'agent.error.count': _,
  ...others
}: Record<string, number>): Record<string, number> {
  return others;
}

it('any order, duplication, batching, delay and restart of what any sources tell gives the same counters and read model', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 1, maxLength: 8 }),
      fc.nat(6),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.constantFrom(0, 300, 12_000), { minLength: 1, maxLength: 6 }),
      (happenings, resumesAt, randoms, delays) => {
        const events = eventsOf(happenings, resumesAt);
        using straight = new JournalBench();
        straight.append(...events);
        straight.pass(ALL_SETTLED_MS);
        straight.pass(ALL_SETTLED_MS);
        const truth = totals(straight);
        const tokens = straight.shownTokens();
        using shuffled = new JournalBench();
        const order = withEndsInOrder(
          [...events, ...events.filter((_, index) => index % 3 === 0)]
            .map((event) => ({ event, rank: randoms.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ event }) => event),
        );
        for (let at = 0; at < order.length; ) {
          const size = 1 + ((randoms.next().value as number) % 4);
          shuffled.append(...order.slice(at, at + size));
          shuffled.pass(delays[at % delays.length] ?? 0);
          at += size;
          if ((randoms.next().value as number) % 8 === 0) shuffled.reopen();
          expect(shuffled.shownTokens(), 'tokens shown').toBeLessThanOrEqual(tokens);
          const soFar = totals(shuffled);
          for (const [metric, sum] of Object.entries(soFar))
            expect(sum, metric).toBeLessThanOrEqual((truth[metric] ?? 0) + 1e-6);
        }
        shuffled.pass(ALL_SETTLED_MS);
        shuffled.pass(ALL_SETTLED_MS);
        expect(withoutErrors(totals(shuffled))).toEqual(withoutErrors(truth));
        expect(readModel(shuffled)).toEqual(readModel(straight));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
