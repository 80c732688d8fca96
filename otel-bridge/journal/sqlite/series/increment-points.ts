import type { HistogramValue, MetricPoint } from '../../../domain/outbox.ts';
import { metricDefinition } from '../../../projections/metric-catalogue.ts';
import { SCALES, type Series } from './series.ts';

/** What the names of increments begin with, before the name of the counter or histogram that grew. */
export const INCREMENTS_PREFIX = 'increments.';

/** Ids of increments, apart from those of series and of gauges; so many for each series. */
const FIRST_ID = 1e12;
const IDS_A_SERIES = 64;

/**
 * By how much a series grew since it was exported last, as gauges that have a point where it grew and no other. Their
 * sum over any time is what happened in it, without a look at what was before: nothing has to be known of births,
 * restarts and outages. And there is little to read: a counter is repeated each minute, most of them grow seldom.
 *
 * A histogram has one for its count, one for its sum and one for each bucket, named as Prometheus names the histogram's
 * own, with `le` as there. All buckets are told each time: quantiles need the empty ones too.
 * @param before value that was exported last
 */
export function incrementPoints(series: Series, before: Series['value'], tsMs: number): MetricPoint[] {
  const { metric, attributes, resource, startMs, value } = series;
  const { unit } = metricDefinition(metric);
  const firstId = FIRST_ID + series.id * IDS_A_SERIES;
  const point = (id: number, name: string, unitOf: string, grown: number, more = {}): MetricPoint => ({
    seriesId: firstId + id,
    metric: `${INCREMENTS_PREFIX}${name}`,
    unit: unitOf,
    kind: 'gauge',
    resource,
    attributes: { ...attributes, ...more },
    startMs,
    tsMs,
    value: grown,
  });
  if (typeof value === 'number') {
    const grown = (value - (before as number)) / (SCALES[metric] ?? 1);
    return grown === 0 ? [] : [point(0, metric, unit, grown)];
  }
  const { count, sum, bounds, bucketCounts } = value;
  const last = before as HistogramValue;
  if (count === last.count) return [];
  // The unit stands before the part in Prometheus, and a count has none.
  const name = unit === 's' ? `${metric}.seconds` : metric;
  let below = 0;
  const buckets = bucketCounts.map((inBucket, index) => {
    below += inBucket - (last.bucketCounts[index] ?? 0);
    return point(2 + index, `${name}.bucket`, '', below, { le: String(bounds[index] ?? '+Inf') });
  });
  return [
    point(0, `${name}.count`, '', count - last.count),
    point(1, `${name}.sum`, '', sum - last.sum),
    ...buckets,
  ];
}
