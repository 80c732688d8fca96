import { MonitorError } from '../domain/error.ts';
import type { MetricPoint } from '../domain/outbox.ts';
import type { HistogramDataPoint, Loose, Metric, MetricsRequest, NumberDataPoint } from '../otlp/types.ts';
import { groupByResource, type ScopeInfo, toKeyValues } from './resource-groups.ts';

/** OTLP's AGGREGATION_TEMPORALITY_CUMULATIVE. */
const CUMULATIVE = 2;
/** OTLP's FLAG_NO_RECORDED_VALUE: Prometheus makes a staleness marker of it. */
const NO_RECORDED_VALUE = 1;

/** Points of ours, at most one a series -> export request. Points of one metric of one resource share an entry. */
export function toMetricsRequest(points: readonly MetricPoint[], scope: ScopeInfo): Loose<MetricsRequest> {
  return {
    resourceMetrics: groupByResource(points).map(({ resource, items }) => {
      const metrics = Map.groupBy(items, ({ metric, unit, kind }) => JSON.stringify([metric, unit, kind]));
      return { resource, scopeMetrics: [{ scope, metrics: [...metrics.values()].map(toMetric) }] };
    }),
  };
}

function toMetric(points: readonly MetricPoint[]): Loose<Metric> {
  const [{ metric: name, unit, kind } = { metric: '', unit: '', kind: 'gauge' as const }] = points;
  switch (kind) {
    case 'gauge':
      return { name, unit, gauge: { dataPoints: points.map(toNumberPoint) } };
    case 'counter':
      return {
        name,
        unit,
        sum: {
          dataPoints: points.map(toNumberPoint),
          aggregationTemporality: CUMULATIVE,
          isMonotonic: true,
        },
      };
    case 'histogram':
      return {
        name,
        unit,
        histogram: { dataPoints: points.map(toHistogramPoint), aggregationTemporality: CUMULATIVE },
      };
  }
}

/**
 * Always a double: a series that is an integer today and has a fraction tomorrow would change its type otherwise, and
 * counts are exact in doubles up to 2^53.
 */
function toNumberPoint(point: MetricPoint): Loose<NumberDataPoint> {
  if (typeof point.value !== 'number') throw wrongValue(point, 'a number');
  return {
    attributes: toKeyValues(point.attributes),
    // A gauge has no beginning.
    ...(point.kind === 'gauge' ? {} : { startTimeUnixNano: toNano(point.startMs) }),
    timeUnixNano: toNano(point.tsMs),
    ...(point.gone === true ? { flags: NO_RECORDED_VALUE } : { asDouble: point.value }),
  };
}

function toHistogramPoint(point: MetricPoint): Loose<HistogramDataPoint> {
  if (typeof point.value === 'number') throw wrongValue(point, 'buckets');
  return {
    attributes: toKeyValues(point.attributes),
    startTimeUnixNano: toNano(point.startMs),
    timeUnixNano: toNano(point.tsMs),
    count: String(point.value.count),
    sum: point.value.sum,
    bucketCounts: point.value.bucketCounts.map(String),
    explicitBounds: point.value.bounds,
  };
}

function wrongValue({ metric, kind, value }: MetricPoint, wanted: string): MonitorError {
  return new MonitorError(
    'invalid',
    `Cannot encode a point of ${kind} "${metric}": its value is a ${typeof value}, expected ${wanted}`,
  );
}

function toNano(ms: number): string {
  return (BigInt(Math.round(ms)) * 1_000_000n).toString();
}
