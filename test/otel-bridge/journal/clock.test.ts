import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { MetricPoint, SpanRecord } from '../../../otel-bridge/domain/outbox.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How a clock is set. */
const JUMPS: readonly (readonly [string, number])[] = [
  ['a day forward', DAY_MS],
  ['a day back', -DAY_MS],
  ['a week back', -7 * DAY_MS],
  ['an hour forward, as summer time does', HOUR_MS],
  ['an hour back, as winter time does', -HOUR_MS],
  ['five seconds back, as NTP does', -5 * SECOND_MS],
  ['a millisecond back', -1],
];

/** When it is set, and whether the process is another one afterwards. */
const MOMENTS = ['before anything is counted', 'between exports', 'while the bridge does not run'] as const;

const RUNS = 3;

/** A run with a call by telemetry, one by transcript, a tool call, and usage in the transcript's way, all at `tsMs`. */
function eventsOf(n: number, tsMs: number): AgentEvent[] {
  const common = {
    tsMs,
    source: { framework: 'claude-code', host: 'box' },
    correlation: { sessionId: `s${n}`, runId: `r${n}` },
    attributes: { project: 'demo', agent: 'a' },
  };
  const call = { model: 'priced', input_tokens: 10, output_tokens: 2 };
  return [
    makeEvent({ ...common, type: 'run.start' }),
    makeEvent({
      ...common,
      type: 'api.request',
      origin: 'telemetry',
      payload: { ...call, request_id: `t${n}` },
    }),
    makeEvent({
      ...common,
      type: 'api.request',
      origin: 'transcript',
      payload: { ...call, request_id: `p${n}` },
    }),
    makeEvent({
      ...common,
      type: 'span.end',
      payload: { tool_name: 'Bash', tool_use_id: `u${n}`, status: 'success', duration_ms: -7 },
    }),
  ];
}

function endOf(n: number, tsMs: number): AgentEvent {
  return makeEvent({
    type: 'run.end',
    tsMs,
    source: { framework: 'claude-code', host: 'box' },
    correlation: { sessionId: `s${n}`, runId: `r${n}` },
    attributes: { project: 'demo', agent: 'a' },
    payload: { status: 'success' },
  });
}

function sums(bench: JournalBench): Record<string, number> {
  return {
    sessions: bench.counter('agent.session.count'),
    runs: bench.counter('agent.run.count'),
    calls: bench.counter('agent.api.request.count'),
    tools: bench.counter('agent.tool.call.count'),
    tokens: bench.counter('agent.token.usage'),
  };
}

/** Lives through work with the clock set by `jumpMs` within it. */
function live(bench: JournalBench, jumpMs: number, moment: (typeof MOMENTS)[number]): void {
  bench.append(...eventsOf(0, bench.nowMs), endOf(0, bench.nowMs));
  bench.pass(2 * SETTLE_MS);
  bench.core.exportMetrics();
  // This run begins by one clock and ends by the other.
  bench.append(...eventsOf(1, bench.nowMs));
  if (moment === 'between exports') bench.pass(SETTLE_MS);
  if (moment === 'while the bridge does not run') bench.core[Symbol.dispose]();
  bench.nowMs += jumpMs;
  if (moment === 'while the bridge does not run') bench.core = bench.open();
  bench.drain();
  bench.core.exportMetrics();
  bench.append(endOf(1, bench.nowMs), ...eventsOf(2, bench.nowMs), endOf(2, bench.nowMs));
  // Everything was due by the old clock at the latest after this long; by the new one it waits no longer.
  for (let step = 0; step < 4; step += 1) bench.pass(SETTLE_MS);
  bench.core.exportMetrics();
}

describe.each(MOMENTS)('a clock that is set %s', (moment) => {
  it.each(JUMPS)(
    '%s loses nothing, counts nothing twice, and never goes back for the stores',
    (_, jumpMs) => {
      using bench = new JournalBench();
      live(bench, jumpMs, moment);
      expect(sums(bench)).toEqual({
        sessions: RUNS,
        runs: RUNS,
        calls: 2 * RUNS,
        tools: RUNS,
        tokens: 24 * RUNS,
      });
      expect(bench.query('SELECT count(*) AS count FROM events')).toEqual([{ count: RUNS * 5 }]);
      expect(bench.query('SELECT count(*) AS count FROM facts WHERE due_ms IS NOT NULL')).toEqual([
        { count: 0 },
      ]);

      const newest = new Map<string, { tsMs: number; value: number }>();
      let lastMs = 0;
      for (const { seriesId, metric, kind, tsMs, startMs, value } of bench.records<MetricPoint>('metrics')) {
        const key = `${metric} ${seriesId}`;
        const before = newest.get(key);
        const count = typeof value === 'number' ? value : value.count;
        expect(tsMs, key).toBeGreaterThanOrEqual(startMs);
        if (before !== undefined) {
          expect(tsMs, key).toBeGreaterThanOrEqual(before.tsMs);
          if (kind !== 'gauge') expect(count, key).toBeGreaterThanOrEqual(before.value);
        }
        newest.set(key, { tsMs, value: count });
        lastMs = Math.max(lastMs, tsMs);
        expect(lastMs - tsMs, key).toBeLessThan(30 * SECOND_MS);
      }
      for (const { startTimeUnixNano, endTimeUnixNano } of bench.records<SpanRecord>('traces')) {
        expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
      }
      expect(bench.query('SELECT key FROM facts WHERE duration_ms < 0')).toEqual([]);
    },
  );
});

it('a clock that is right again after a start in the past sets off nothing twice', () => {
  using bench = new JournalBench();
  const trueMs = START_MS;
  bench.nowMs = Date.parse('1970-01-01T00:10:00Z');
  bench.append(...eventsOf(0, bench.nowMs));
  bench.pass(SETTLE_MS);
  bench.nowMs = trueMs;
  bench.append(endOf(0, trueMs), ...eventsOf(1, trueMs), endOf(1, trueMs));
  bench.pass(SETTLE_MS);
  bench.reopen();
  bench.pass(SETTLE_MS);
  expect(sums(bench)).toEqual({ sessions: 2, runs: 2, calls: 4, tools: 2, tokens: 48 });
});
