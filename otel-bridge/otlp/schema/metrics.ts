import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogram,
  ExponentialHistogramDataPoint,
  Gauge,
  Histogram,
  HistogramDataPoint,
  Metric,
  MetricsRequest,
  NumberDataPoint,
  ResourceMetrics,
  ScopeMetrics,
  Sum,
  Summary,
  SummaryDataPoint,
  ValueAtQuantile,
} from '../types.ts';
import { KEY_VALUE, RESOURCE, SCOPE } from './common.ts';
import { enumeration, list, many, message, one, optional, scalar } from './message.ts';

/** opentelemetry/proto/metrics/v1/metrics.proto */
const TEMPORALITIES = [
  'AGGREGATION_TEMPORALITY_UNSPECIFIED',
  'AGGREGATION_TEMPORALITY_DELTA',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
];

const EXEMPLAR = message<Exemplar>('Exemplar', {
  filteredAttributes: many(() => KEY_VALUE, 7),
  timeUnixNano: scalar('fixed64', 2),
  asDouble: optional('double', 3, 'value'),
  asInt: optional('sfixed64', 6, 'value'),
  spanId: scalar('id', 4),
  traceId: scalar('id', 5),
});

const NUMBER_DATA_POINT = message<NumberDataPoint>('NumberDataPoint', {
  attributes: many(() => KEY_VALUE, 7),
  startTimeUnixNano: scalar('fixed64', 2),
  timeUnixNano: scalar('fixed64', 3),
  asDouble: optional('double', 4, 'value'),
  asInt: optional('sfixed64', 6, 'value'),
  exemplars: many(() => EXEMPLAR, 5),
  flags: scalar('uint32', 8),
});

const HISTOGRAM_DATA_POINT = message<HistogramDataPoint>('HistogramDataPoint', {
  attributes: many(() => KEY_VALUE, 9),
  startTimeUnixNano: scalar('fixed64', 2),
  timeUnixNano: scalar('fixed64', 3),
  count: scalar('fixed64', 4),
  sum: optional('double', 5),
  bucketCounts: list('fixed64', 6),
  explicitBounds: list('double', 7),
  exemplars: many(() => EXEMPLAR, 8),
  flags: scalar('uint32', 10),
  min: optional('double', 11),
  max: optional('double', 12),
});

const EXPONENTIAL_BUCKETS = message<ExponentialBuckets>('Buckets', {
  offset: scalar('sint32', 1),
  bucketCounts: list('uint64', 2),
});

const EXPONENTIAL_HISTOGRAM_DATA_POINT = message<ExponentialHistogramDataPoint>(
  'ExponentialHistogramDataPoint',
  {
    attributes: many(() => KEY_VALUE, 1),
    startTimeUnixNano: scalar('fixed64', 2),
    timeUnixNano: scalar('fixed64', 3),
    count: scalar('fixed64', 4),
    sum: optional('double', 5),
    scale: scalar('sint32', 6),
    zeroCount: scalar('fixed64', 7),
    positive: one(() => EXPONENTIAL_BUCKETS, 8),
    negative: one(() => EXPONENTIAL_BUCKETS, 9),
    flags: scalar('uint32', 10),
    exemplars: many(() => EXEMPLAR, 11),
    min: optional('double', 12),
    max: optional('double', 13),
    zeroThreshold: scalar('double', 14),
  },
);

const VALUE_AT_QUANTILE = message<ValueAtQuantile>('ValueAtQuantile', {
  quantile: scalar('double', 1),
  value: scalar('double', 2),
});

const SUMMARY_DATA_POINT = message<SummaryDataPoint>('SummaryDataPoint', {
  attributes: many(() => KEY_VALUE, 7),
  startTimeUnixNano: scalar('fixed64', 2),
  timeUnixNano: scalar('fixed64', 3),
  count: scalar('fixed64', 4),
  sum: scalar('double', 5),
  quantileValues: many(() => VALUE_AT_QUANTILE, 6),
  flags: scalar('uint32', 8),
});

const GAUGE = message<Gauge>('Gauge', { dataPoints: many(() => NUMBER_DATA_POINT, 1) });

const SUM = message<Sum>('Sum', {
  dataPoints: many(() => NUMBER_DATA_POINT, 1),
  aggregationTemporality: enumeration(TEMPORALITIES, 2),
  isMonotonic: scalar('bool', 3),
});

const HISTOGRAM = message<Histogram>('Histogram', {
  dataPoints: many(() => HISTOGRAM_DATA_POINT, 1),
  aggregationTemporality: enumeration(TEMPORALITIES, 2),
});

const EXPONENTIAL_HISTOGRAM = message<ExponentialHistogram>('ExponentialHistogram', {
  dataPoints: many(() => EXPONENTIAL_HISTOGRAM_DATA_POINT, 1),
  aggregationTemporality: enumeration(TEMPORALITIES, 2),
});

const SUMMARY = message<Summary>('Summary', { dataPoints: many(() => SUMMARY_DATA_POINT, 1) });

const METRIC = message<Metric>('Metric', {
  name: scalar('string', 1),
  description: scalar('string', 2),
  unit: scalar('string', 3),
  gauge: one(() => GAUGE, 5, 'data'),
  sum: one(() => SUM, 7, 'data'),
  histogram: one(() => HISTOGRAM, 9, 'data'),
  exponentialHistogram: one(() => EXPONENTIAL_HISTOGRAM, 10, 'data'),
  summary: one(() => SUMMARY, 11, 'data'),
  metadata: many(() => KEY_VALUE, 12),
});

const SCOPE_METRICS = message<ScopeMetrics>('ScopeMetrics', {
  scope: one(() => SCOPE, 1),
  metrics: many(() => METRIC, 2),
  schemaUrl: scalar('string', 3),
});

const RESOURCE_METRICS = message<ResourceMetrics>('ResourceMetrics', {
  resource: one(() => RESOURCE, 1),
  scopeMetrics: many(() => SCOPE_METRICS, 2),
  schemaUrl: scalar('string', 3),
});

export const METRICS_REQUEST = message<MetricsRequest>('ExportMetricsServiceRequest', {
  resourceMetrics: many(() => RESOURCE_METRICS, 1),
});
