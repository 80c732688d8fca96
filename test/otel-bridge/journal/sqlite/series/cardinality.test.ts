import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../../otel-bridge/domain/event.ts';
import type { MetricPoint } from '../../../../../otel-bridge/domain/outbox.ts';
import { JournalBench } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';

const METRIC = 'agent.permission.decision.count';
const MAX_SERIES = 2000;
const MAX_OVERFLOW_OWNERS = 200;

let bench: JournalBench;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

function decision(n: number, tool: string, project = 'demo'): AgentEvent {
  return makeEvent({
    id: `decision-${n}`,
    type: 'tool.decision',
    origin: 'telemetry',
    tsMs: bench.nowMs,
    correlation: { sessionId: `session-of-${project}` },
    attributes: { project, agent: 'a' },
    payload: { tool_use_id: `use-${n}`, tool_name: tool, decision: 'accept', decision_source: 'user' },
  });
}

interface SeriesPoint {
  readonly project: unknown;
  readonly isOverflow: boolean;
  readonly value: number;
}

/** The newest point of every series of the metric. */
function series(): SeriesPoint[] {
  bench.core.exportMetrics();
  const newest = new Map<number, SeriesPoint>();
  for (const { metric, seriesId, resource, attributes, value } of bench.records<MetricPoint>('metrics')) {
    if (metric !== METRIC || typeof value !== 'number') continue;
    const isOverflow = attributes['otel.metric.overflow'] === true;
    newest.set(seriesId, { project: resource.project, isOverflow, value });
  }
  return [...newest.values()];
}

const sum = (points: readonly SeriesPoint[]): number => points.reduce((total, { value }) => total + value, 0);
const warnings = (): unknown =>
  JSON.parse(String(bench.query("SELECT value FROM meta WHERE key = 'series_warnings'")[0]?.value));

it('keeps 2,000 series of a metric apart, counts the rest in one that says so, and names the attribute', () => {
  const events = Array.from({ length: MAX_SERIES + 500 }, (_, n) => decision(n, `tool-${n}`));
  bench.append(...events.slice(0, MAX_SERIES));
  expect(series().filter(({ isOverflow }) => isOverflow)).toEqual([]);
  expect(warnings()).toEqual([]);

  bench.append(...events.slice(MAX_SERIES));
  bench.reopen();
  // A value that was known before still has its own series.
  bench.append(decision(10_000, 'tool-0'), decision(10_001, 'tool-x'));
  const points = series();
  expect(points.filter(({ isOverflow }) => !isOverflow)).toHaveLength(MAX_SERIES);
  expect(points.filter(({ isOverflow }) => isOverflow)).toEqual([
    { project: 'demo', isOverflow: true, value: 501 },
  ]);
  expect(sum(points)).toBe(events.length + 2);
  expect(warnings()).toEqual([
    expect.stringMatching(
      /^Metric agent\.permission\.decision\.count .* attribute "gen_ai\.tool\.name" has 2000 values/,
    ),
  ]);
});

it('keeps the overflow of 200 owners apart, and counts that of all others together', () => {
  const owners = MAX_OVERFLOW_OWNERS + 50;
  bench.append(...Array.from({ length: MAX_SERIES }, (_, n) => decision(n, `tool-${n}`)));
  bench.append(
    ...Array.from({ length: 2 * owners }, (_, n) => decision(MAX_SERIES + n, 'Bash', `p${n % owners}`)),
  );
  const overflow = series().filter(({ isOverflow }) => isOverflow);
  expect(overflow).toHaveLength(MAX_OVERFLOW_OWNERS + 1);
  expect(overflow.find(({ project }) => project === '(other)')?.value).toBe(2 * 50);
  expect(sum(series())).toBe(MAX_SERIES + 2 * owners);
});
