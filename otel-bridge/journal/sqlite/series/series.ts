import type { Attributes, HistogramValue, MetricPoint } from '../../../domain/outbox.ts';
import { type MetricName, metricDefinition } from '../../../projections/metric-catalogue.ts';

/** Cost is counted in integer nano-dollars and leaves as dollars; time at work in milliseconds and leaves as seconds. */
export const SCALES: Partial<Record<MetricName, number>> = {
  'agent.cost.usage': 1e9,
  'agent.active_time': 1e3,
};

/** A counter or histogram with all of its attributes. */
export interface Series {
  readonly id: number;
  readonly metric: MetricName;
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly startMs: number;
  value: number | HistogramValue;
  /** JSON of the value of the newest point that was put into the outbox; null before the first. */
  exported: string | null;
  /** Time of that point, unix ms; null where it was another process that put it there. */
  exportedMs: number | null;
}

/** What a series is born with. */
export function emptyValue(metric: MetricName): number | HistogramValue {
  const { bounds } = metricDefinition(metric);
  if (bounds === undefined) return 0;
  return { count: 0, sum: 0, bounds, bucketCounts: new Array<number>(bounds.length + 1).fill(0) };
}

/** A counter that went on, or a histogram with one more observation. */
export function addTo(present: number | HistogramValue, value: number): number | HistogramValue {
  if (typeof present === 'number') return present + value;
  const index = present.bounds.findIndex((bound) => value <= bound);
  const place = index === -1 ? present.bounds.length : index;
  return {
    ...present,
    count: present.count + 1,
    sum: present.sum + value,
    bucketCounts: present.bucketCounts.map((count, at) => (at === place ? count + 1 : count)),
  };
}

/** The point of a series with that value. */
export function toPoint(series: Series, value: Series['value'], tsMs: number): MetricPoint {
  const { kind, unit } = metricDefinition(series.metric);
  const scale = SCALES[series.metric] ?? 1;
  return {
    seriesId: series.id,
    metric: series.metric,
    unit,
    kind,
    resource: series.resource,
    attributes: series.attributes,
    startMs: series.startMs,
    tsMs,
    value: typeof value === 'number' ? value / scale : value,
  };
}
