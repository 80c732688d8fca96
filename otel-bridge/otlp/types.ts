import type { Signal } from '../domain/outbox.ts';

/**
 * The plain shape of OTLP that the bridge works on: the messages of opentelemetry-proto 1.x, as data.
 *
 * - Fields without presence are always there, at their default when the sender left them out (`''`, `0`, `[]`).
 *   Messages, members of a oneof and `optional` fields are absent instead.
 * - 64-bit integers are decimal strings, so that nothing beyond 2^53 is lost. Enums are numbers.
 * - Trace and span ids are lower-case hex (`''` = none), other bytes are base64.
 *
 * The objects belong to whoever decoded them, but for attributes and their values; redaction changes them in place.
 * @see https://github.com/open-telemetry/opentelemetry-proto
 */

/** A value of an attribute or a log body. At most one key is set; none = the empty value. It may be shared: never changed. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  /** int64, decimal. */
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: ArrayValue;
  readonly kvlistValue?: KeyValueList;
  /** Base64. */
  readonly bytesValue?: string;
}

export interface ArrayValue {
  values: AnyValue[];
}

export interface KeyValueList {
  values: KeyValue[];
}

/** One attribute. It may stand in many records at once (known-attributes.ts): never changed, others take its place. */
export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

/** Which attributes of a resource make up an entity. */
export interface EntityRef {
  schemaUrl: string;
  type: string;
  idKeys: string[];
  descriptionKeys: string[];
}

/** Who produced the telemetry. */
export interface Resource {
  attributes: KeyValue[];
  droppedAttributesCount: number;
  entityRefs: EntityRef[];
}

/** Which library produced it. */
export interface InstrumentationScope {
  name: string;
  version: string;
  attributes: KeyValue[];
  droppedAttributesCount: number;
}

/** Body of `POST /v1/logs`. */
export interface LogsRequest {
  resourceLogs: ResourceLogs[];
}

export interface ResourceLogs {
  resource?: Resource;
  scopeLogs: ScopeLogs[];
  schemaUrl: string;
}

export interface ScopeLogs {
  scope?: InstrumentationScope;
  logRecords: OtlpLogRecord[];
  schemaUrl: string;
}

export interface OtlpLogRecord {
  /** Unix nanoseconds, decimal; `'0'` = unknown. */
  timeUnixNano: string;
  observedTimeUnixNano: string;
  /** 1 (trace) to 24 (fatal 4), 0 = unspecified. */
  severityNumber: number;
  severityText: string;
  body?: AnyValue;
  attributes: KeyValue[];
  droppedAttributesCount: number;
  flags: number;
  /** 32 hex digits or `''`. */
  traceId: string;
  /** 16 hex digits or `''`. */
  spanId: string;
  eventName: string;
}

/** Body of `POST /v1/metrics`. */
export interface MetricsRequest {
  resourceMetrics: ResourceMetrics[];
}

export interface ResourceMetrics {
  resource?: Resource;
  scopeMetrics: ScopeMetrics[];
  schemaUrl: string;
}

export interface ScopeMetrics {
  scope?: InstrumentationScope;
  metrics: Metric[];
  schemaUrl: string;
}

/** One metric; exactly one of the five kinds of data is set. */
export interface Metric {
  name: string;
  description: string;
  unit: string;
  gauge?: Gauge;
  sum?: Sum;
  histogram?: Histogram;
  exponentialHistogram?: ExponentialHistogram;
  summary?: Summary;
  metadata: KeyValue[];
}

/** Aggregation temporality: 0 unspecified, 1 delta, 2 cumulative. */
export type AggregationTemporality = number;

export interface Gauge {
  dataPoints: NumberDataPoint[];
}

export interface Sum {
  dataPoints: NumberDataPoint[];
  aggregationTemporality: AggregationTemporality;
  isMonotonic: boolean;
}

export interface Histogram {
  dataPoints: HistogramDataPoint[];
  aggregationTemporality: AggregationTemporality;
}

export interface ExponentialHistogram {
  dataPoints: ExponentialHistogramDataPoint[];
  aggregationTemporality: AggregationTemporality;
}

export interface Summary {
  dataPoints: SummaryDataPoint[];
}

/** A point of a gauge or sum; `asDouble` or `asInt` is set. */
export interface NumberDataPoint {
  attributes: KeyValue[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  asDouble?: number;
  /** int64, decimal. */
  asInt?: string;
  exemplars: Exemplar[];
  flags: number;
}

export interface HistogramDataPoint {
  attributes: KeyValue[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  /** uint64, decimal. */
  count: string;
  sum?: number;
  /** uint64, decimal; one more than `explicitBounds`. */
  bucketCounts: string[];
  explicitBounds: number[];
  exemplars: Exemplar[];
  flags: number;
  min?: number;
  max?: number;
}

export interface ExponentialHistogramDataPoint {
  attributes: KeyValue[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  /** uint64, decimal. */
  count: string;
  sum?: number;
  scale: number;
  /** uint64, decimal. */
  zeroCount: string;
  positive?: ExponentialBuckets;
  negative?: ExponentialBuckets;
  flags: number;
  exemplars: Exemplar[];
  min?: number;
  max?: number;
  zeroThreshold: number;
}

export interface ExponentialBuckets {
  offset: number;
  /** uint64, decimal. */
  bucketCounts: string[];
}

export interface SummaryDataPoint {
  attributes: KeyValue[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  /** uint64, decimal. */
  count: string;
  sum: number;
  quantileValues: ValueAtQuantile[];
  flags: number;
}

export interface ValueAtQuantile {
  quantile: number;
  value: number;
}

/** A measurement kept as an example; `asDouble` or `asInt` is set. */
export interface Exemplar {
  filteredAttributes: KeyValue[];
  timeUnixNano: string;
  asDouble?: number;
  /** int64, decimal. */
  asInt?: string;
  spanId: string;
  traceId: string;
}

/** Body of `POST /v1/traces`. */
export interface TracesRequest {
  resourceSpans: ResourceSpans[];
}

export interface ResourceSpans {
  resource?: Resource;
  scopeSpans: ScopeSpans[];
  schemaUrl: string;
}

export interface ScopeSpans {
  scope?: InstrumentationScope;
  spans: OtlpSpan[];
  schemaUrl: string;
}

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  traceState: string;
  parentSpanId: string;
  flags: number;
  name: string;
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  droppedAttributesCount: number;
  events: SpanEvent[];
  droppedEventsCount: number;
  links: SpanLink[];
  droppedLinksCount: number;
  status?: SpanStatus;
}

export interface SpanEvent {
  timeUnixNano: string;
  name: string;
  attributes: KeyValue[];
  droppedAttributesCount: number;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  traceState: string;
  attributes: KeyValue[];
  droppedAttributesCount: number;
  flags: number;
}

export interface SpanStatus {
  message: string;
  /** 0 unset, 1 ok, 2 error. */
  code: number;
}

/** The request of a signal. */
export type OtlpRequest<S extends Signal = Signal> = {
  logs: LogsRequest;
  metrics: MetricsRequest;
  traces: TracesRequest;
}[S];

/** What a receiver did not take, from the response's `partialSuccess`. */
export interface PartialSuccess {
  /** How many log records, data points or spans were rejected; 0 = all were taken. */
  readonly rejected: number;
  /** Why, or a warning where nothing was rejected; `''` = nothing to say. */
  readonly message: string;
}

/** How a body is written: `application/json` or `application/x-protobuf`. */
export type OtlpEncoding = 'json' | 'protobuf';

/** `T` with every field optional at every depth: what an encoder accepts. Absent = default. */
export type Loose<T> = T extends readonly (infer Element)[]
  ? readonly Loose<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T;
