import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../../../../otel-bridge/domain/outbox.ts';
import { JournalBench, START_MS } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';

const MINUTE_MS = 60_000;
const METRIC = 'agent.permission.decision.count';

let bench: JournalBench;
let decisions = 0;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

/** A permission decision that is counted at once. */
function decide(): void {
  decisions += 1;
  bench.append(
    makeEvent({
      type: 'tool.decision',
      origin: 'telemetry',
      tsMs: bench.nowMs,
      attributes: { project: 'demo', agent: 'a' },
      payload: { decision: 'accept', tool_name: 'Bash', tool_use_id: `t${decisions}` },
    }),
  );
}

/** Samples in lane order, as time since the start and value. */
function samples(): [number, unknown][] {
  return bench
    .records<MetricPoint>('metrics')
    .filter(({ metric }) => metric === METRIC)
    .map(({ tsMs, value }) => [tsMs - START_MS, value]);
}

describe('a counter that grows', () => {
  it('after ten minutes without an export says its last value first', () => {
    decide();
    bench.core.exportMetrics();
    const before = samples().length;
    bench.nowMs += 10 * MINUTE_MS;
    decide();
    bench.core.exportMetrics();
    expect(samples().slice(before)).toEqual([
      [10 * MINUTE_MS - 1, 1],
      [10 * MINUTE_MS, 2],
    ]);
  });

  it('while it is exported every minute says each value once', () => {
    decide();
    bench.core.exportMetrics();
    const before = samples().length;
    bench.nowMs += MINUTE_MS;
    decide();
    bench.core.exportMetrics();
    expect(samples().slice(before)).toEqual([[MINUTE_MS, 2]]);
  });

  it('in another process says its last value first, whenever that one begins to export', () => {
    decide();
    bench.core.exportMetrics();
    bench.reopen();
    decide();
    const before = samples().length;
    bench.nowMs += 1000;
    bench.core.exportMetrics();
    expect(samples().slice(before)).toEqual([
      [999, 1],
      [1000, 2],
    ]);
  });

  it('is born with 0 alone', () => {
    decide();
    bench.nowMs += 1000;
    bench.core.exportMetrics();
    expect(samples()).toEqual([
      [0, 0],
      [1000, 1],
    ]);
  });
});
