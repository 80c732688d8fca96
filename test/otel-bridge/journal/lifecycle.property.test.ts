import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentEvent, JsonObject, Origin } from '../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';

const HOUR_MS = 3_600_000;
const IDLE_END_MS = HOUR_MS / 2;

const COUNTERS = [
  'agent.session.count',
  'agent.run.count',
  'agent.run.duration',
  'agent.api.request.count',
  'agent.token.usage',
  'agent.cost.usage',
  'agent.tool.call.count',
  'agent.permission.decision.count',
];

/** One prompt, what it did and how it ended. */
interface Run {
  readonly calls: number;
  readonly tools: number;
  readonly rejects: boolean;
  /** `said`: the agent says that it ended. `implied`: the next prompt or silence does. `never`: nothing does. */
  readonly end: 'said' | 'implied' | 'never';
  readonly usage: 'none' | 'run' | 'snapshot' | 'both';
  /** Nobody knows what its calls cost; its usage tells it in all. */
  readonly isUnpriced: boolean;
}

/** One session, and who tells of it by which clock. */
interface Session {
  readonly runs: readonly Run[];
  readonly ends: boolean;
  readonly tellers: readonly Origin[];
  /** How far the agent's clock is off, ms. */
  readonly skewMs: number;
  readonly isHistory: boolean;
}

const run: fc.Arbitrary<Run> = fc.record({
  calls: fc.nat(2),
  tools: fc.nat(2),
  rejects: fc.boolean(),
  end: fc.constantFrom('said', 'implied', 'never'),
  usage: fc.constantFrom('none', 'run', 'snapshot', 'both'),
  isUnpriced: fc.boolean(),
});
const session: fc.Arbitrary<Session> = fc.record({
  runs: fc.array(run, { minLength: 1, maxLength: 3 }),
  ends: fc.boolean(),
  tellers: fc.subarray<Origin>(['telemetry', 'transcript', 'hook'], { minLength: 1 }),
  skewMs: fc.constantFrom(0, -90_000, 45_000, HOUR_MS),
  isHistory: fc.boolean(),
});

/** All events of a session; each teller tells each thing, with an id of its own. */
function eventsOf({ runs, ends, tellers, skewMs, isHistory }: Session, place: number): AgentEvent[] {
  const sessionId = `s${place}`;
  let atMs = START_MS - 10 * 60_000 + skewMs - (isHistory ? 50 * HOUR_MS : 0);
  const events: AgentEvent[] = [];
  const tell = (type: string, payload: JsonObject, ids: { runId?: string; spanId?: string } = {}): void => {
    atMs += 1000;
    for (const origin of tellers) {
      events.push({
        id: `${origin}-${sessionId}-${events.length}`,
        type,
        tsMs: atMs,
        tsNanos: 0,
        source: { framework: 'claude-code', host: 'box' },
        correlation: { sessionId, ...ids },
        attributes: { project: 'demo', agent: 'a' },
        payload,
        origin,
      });
    }
  };
  tell('session.start', { start_type: 'fresh' });
  runs.forEach(({ calls, tools, rejects, end, usage, isUnpriced }, number) => {
    const model = isUnpriced ? 'of-unknown-price' : 'priced';
    const runId = `${sessionId}-r${number}`;
    const beganMs = atMs;
    if (end === 'implied') tell('prompt', { length: 5, prompt_id: runId }, { runId });
    else tell('run.start', {}, { runId });
    for (let call = 0; call < calls; call += 1) {
      tell(
        'api.request',
        { model, request_id: `${runId}-c${call}`, input_tokens: 7, output_tokens: 2 },
        { runId },
      );
    }
    for (let tool = 0; tool < tools; tool += 1) {
      const ids = { runId, spanId: `${runId}-t${tool}` };
      tell('span.start', { tool_name: 'Bash' }, ids);
      tell('span.end', { tool_name: 'Bash', status: 'success', duration_ms: 1000 }, ids);
    }
    if (rejects) {
      tell(
        'tool.decision',
        { decision: 'reject', decision_source: 'user', tool_name: 'Write', tool_use_id: `${runId}-x` },
        { runId },
      );
    }
    const told = {
      model,
      input_tokens: 7 * calls,
      output_tokens: 2 * calls,
      ...(isUnpriced ? { total_cost: 0.25 } : {}),
    };
    if (usage === 'snapshot' || usage === 'both') tell('metric.snapshot', { usage: told }, { runId });
    if (end === 'said') {
      tell(
        'run.end',
        {
          status: 'success',
          duration_ms: atMs - beganMs,
          ...(usage === 'run' || usage === 'both' ? { usage: told } : {}),
        },
        { runId },
      );
    }
  });
  if (ends) tell('session.end', { reason: 'exit' });
  return events;
}

/** Everything that anyone can see in the end, but for the order in which it was learned. */
function finalState(bench: JournalBench): object {
  return {
    counters: Object.fromEntries(COUNTERS.map((name) => [name, Math.round(bench.counter(name) * 1e6) / 1e6])),
    facts: bench.query(
      // Usage that is told twice has no time of its own.
      `SELECT key, kind, session_id, run_id, iif(kind = 'usage', NULL, start_ms) AS start_ms,
         iif(kind = 'usage', NULL, end_ms) AS end_ms, name, outcome, input_tokens, output_tokens,
         cost_nano_usd, duration_ms, history, superseded, state, due_ms FROM facts ORDER BY key`,
    ),
    sessions: bench.query(
      `SELECT id, project, agent, model, started_ms, last_ms, ended_ms, end_reason, start_type FROM sessions ORDER BY id`,
    ),
    corrections: bench.query("SELECT value FROM meta WHERE key = 'facts_corrected'"),
  };
}

/** Lets everything settle, and silent sessions end. */
function finish(bench: JournalBench): object {
  bench.pass(31 * SETTLE_MS);
  bench.pass(IDLE_END_MS + 2 * HOUR_MS);
  bench.pass(SETTLE_MS);
  return finalState(bench);
}

it('late, twice, out of order and by clocks that are off: sessions, runs, usage and counters end the same, and never show more', () => {
  fc.assert(
    fc.property(
      fc.array(session, { minLength: 1, maxLength: 2 }),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.constantFrom(0, 0, 500, 4000), { minLength: 1, maxLength: 6 }),
      (sessions, randoms, delays) => {
        const events = sessions.flatMap(eventsOf);
        using straight = new JournalBench();
        straight.append(...events);
        const truth = finish(straight);
        const tokens = straight.shownTokens();
        using shuffled = new JournalBench();
        const next = (): number => randoms.next().value as number;
        const order = [...events, ...events.filter((_, index) => index % 4 === 0)]
          .map((event) => ({ event, rank: next() }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ event }) => event);
        let waitedMs = 0;
        for (let at = 0; at < order.length; ) {
          const size = 1 + (next() % 8);
          shuffled.append(...order.slice(at, at + size));
          expect(shuffled.shownTokens(), 'tokens shown meanwhile').toBeLessThanOrEqual(tokens);
          // What is told within the settle time counts as if it had been told at once.
          const delayMs = delays[at % delays.length] ?? 0;
          if (waitedMs + delayMs < SETTLE_MS) {
            waitedMs += delayMs;
            shuffled.pass(delayMs);
          }
          if (next() % 16 === 0) shuffled.reopen();
          at += size;
        }
        expect(finish(shuffled)).toEqual(truth);
      },
    ),
    { numRuns: process.env.AGENT_MONITOR_TEST_LONG === '1' ? 5000 : 60 },
  );
}, 120_000);
