/** A signal of OpenTelemetry. */
export type Signal = 'logs' | 'metrics' | 'traces';

/**
 * A lane of the outbox. `raw/*` carries agents' own OTLP requests, redacted and otherwise unchanged; `digest/logs` what our
 * dashboards read over long ranges in place of all events, for targets that those ask; the others what the bridge says.
 */
export type Lane = 'raw/logs' | 'raw/metrics' | 'raw/traces' | 'logs' | 'digest/logs' | 'metrics' | 'traces';

/** All lanes. */
export const LANES: readonly Lane[] = [
  'raw/logs',
  'raw/metrics',
  'raw/traces',
  'logs',
  'digest/logs',
  'metrics',
  'traces',
];

/** The signal that a lane carries. */
export function laneSignal(lane: Lane): Signal {
  return lane.slice(lane.indexOf('/') + 1) as Signal;
}

/** An agent's own OTLP request: an encoded `Export{Logs,Metrics,Trace}ServiceRequest` (protobuf). */
export interface RawRequest {
  readonly signal: Signal;
  readonly body: Uint8Array;
}

/** A scalar attribute value. Integers that are numbers leave as OTLP intValue, others as doubleValue. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes by their OpenTelemetry name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One log record of ours. Its bytes on the wire depend on nothing else, so a retry is identical. */
export interface LogRecord {
  readonly resource: Attributes;
  /** Unix nanoseconds, decimal. */
  readonly timeUnixNano: string;
  /** Unix nanoseconds, decimal: when the bridge took the event. */
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Attributes;
  /** 32 hex digits. */
  readonly traceId?: string;
  /** 16 hex digits. */
  readonly spanId?: string;
}

/** One finished span of ours. */
export interface SpanRecord {
  readonly resource: Attributes;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client (OTLP `SpanKind`). */
  readonly kind: 1 | 2 | 3;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
  /** 0 unset, 1 ok, 2 error (OTLP `StatusCode`). */
  readonly statusCode: 0 | 1 | 2;
  readonly statusMessage?: string;
}

/** State of a cumulative explicit-bucket histogram. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  /** Upper bounds, rising; `bucketCounts` has one more entry. */
  readonly bounds: readonly number[];
  readonly bucketCounts: readonly number[];
}

/** One point of one series of ours. */
export interface MetricPoint {
  readonly seriesId: number;
  /** OpenTelemetry name, for instance `agent.token.usage`. */
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly resource: Attributes;
  readonly attributes: Attributes;
  /** Birth of the series, unix ms; counters and histograms are cumulative since then. 0 = unknown. */
  readonly startMs: number;
  /** Time of the point, unix ms. */
  readonly tsMs: number;
  readonly value: number | HistogramValue;
  /** True where the series has no value from now on, and stores shall not show the last one for minutes. */
  readonly gone?: true;
}

/** What waits in a lane at a position. The value's type follows the lane. */
export type OutboxRecord =
  | {
      readonly seq: number;
      readonly lane: 'raw/logs' | 'raw/metrics' | 'raw/traces';
      readonly body: Uint8Array;
    }
  | { readonly seq: number; readonly lane: 'logs' | 'digest/logs'; readonly log: LogRecord }
  | { readonly seq: number; readonly lane: 'traces'; readonly span: SpanRecord }
  | { readonly seq: number; readonly lane: 'metrics'; readonly point: MetricPoint };
