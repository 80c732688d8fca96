import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistogramValue, MetricPoint } from '../../../../../otel-bridge/domain/outbox.ts';
import { JournalBench, START_MS } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';

const MINUTE_MS = 60_000;
/** Longer than facts wait for what else is told of them. */
const SETTLE_MS = 20_000;

let bench: JournalBench;
let calls = 0;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

/** A tool call of so many ms, counted and not exported yet. */
function useTool(durationMs: number): void {
  calls += 1;
  bench.append(
    makeEvent({
      type: 'span.end',
      origin: 'telemetry',
      tsMs: bench.nowMs,
      attributes: { project: 'demo', agent: 'a' },
      payload: {
        kind: 'tool',
        tool_name: 'Bash',
        tool_use_id: `t${calls}`,
        status: 'success',
        duration_ms: durationMs,
      },
    }),
  );
  bench.pass(SETTLE_MS);
}

function points(metric: string): MetricPoint[] {
  return bench.records<MetricPoint>('metrics').filter((point) => point.metric === metric);
}

/** Increments in lane order, as time since the start and value. */
function increments(): [number, unknown][] {
  return points('increments.agent.tool.call.count').map(({ tsMs, value }) => [tsMs - START_MS, value]);
}

describe('increments of a counter', () => {
  it('are told where it grew and nowhere else, at the time of the export', () => {
    useTool(5);
    bench.core.exportMetrics();
    expect(increments()).toEqual([[bench.nowMs - START_MS, 1]]);
    bench.nowMs += MINUTE_MS;
    bench.core.exportMetrics();
    expect(increments()).toHaveLength(1);
    useTool(5);
    useTool(5);
    bench.core.exportMetrics();
    expect(increments().slice(1)).toEqual([[bench.nowMs - START_MS, 2]]);
  });

  it('add up to it across a restart with something that was not exported, and a long absence', () => {
    useTool(5);
    bench.core.exportMetrics();
    useTool(5);
    bench.reopen();
    bench.nowMs += 3 * 24 * 60 * MINUTE_MS;
    useTool(5);
    bench.core.exportMetrics();
    bench.reopen();
    bench.nowMs += MINUTE_MS;
    bench.core.exportMetrics();
    expect(increments().map(([, grown]) => grown)).toEqual([1, 2]);
    expect(bench.counter('agent.tool.call.count')).toBe(3);
  });
});

describe('increments of a histogram', () => {
  it('are its count, its sum and all of its buckets, each with what is below its bound', () => {
    useTool(5);
    bench.core.exportMetrics();
    bench.nowMs += MINUTE_MS;
    useTool(30_000);
    bench.core.exportMetrics();
    const [{ bounds } = { bounds: [] }] = points('agent.tool.call.duration').map(
      ({ value }) => value as HistogramValue,
    );
    const told = points('increments.agent.tool.call.duration.seconds.bucket').filter(
      ({ tsMs }) => tsMs === bench.nowMs,
    );
    expect(told.map(({ attributes: { le }, value }) => [le, value])).toEqual(
      [...bounds, Number.POSITIVE_INFINITY].map((bound) => [
        bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound),
        bound >= 30 ? 1 : 0,
      ]),
    );
    const parts = ['count', 'sum'].map((part) =>
      points(`increments.agent.tool.call.duration.seconds.${part}`).map(({ value }) => value),
    );
    expect(parts).toEqual([
      [1, 1],
      [0.005, 30],
    ]);
  });

  it('are points of series of their own: one request carries them all', () => {
    useTool(5);
    bench.core.exportMetrics();
    bench.nowMs += MINUTE_MS;
    useTool(5);
    bench.core.exportMetrics();
    const ids = bench
      .records<MetricPoint>('metrics')
      .filter(({ tsMs }) => tsMs === bench.nowMs)
      .map(({ seriesId }) => seriesId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
