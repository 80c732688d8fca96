import type { AgentEvent, TokenClaims } from '../domain/event.ts';
import type { Signal } from '../domain/outbox.ts';
import type { PlainValue } from '../otlp/attributes.ts';
import type { OtlpRequest, OtlpSpan } from '../otlp/types.ts';

/** Attributes of a resource, record or span by name, as plain values. */
export type PlainAttributes = ReadonlyMap<string, PlainValue>;

/** What is known of a request beside its body. */
export interface TelemetryContext {
  /** What the sender's token fixes. */
  readonly claims?: TokenClaims | undefined;
  /** When the bridge took it, unix ms: the time of records that carry none. */
  readonly receivedMs: number;
}

/** One resource of an export request with all that it told: an element of `resourceLogs`, `resourceSpans`, ... */
export type ResourceTelemetry =
  | { readonly signal: 'logs'; readonly telemetry: OtlpRequest<'logs'>['resourceLogs'][number] }
  | { readonly signal: 'metrics'; readonly telemetry: OtlpRequest<'metrics'>['resourceMetrics'][number] }
  | { readonly signal: 'traces'; readonly telemetry: OtlpRequest<'traces'>['resourceSpans'][number] };

/** What the bridge knows of one agent's own OpenTelemetry. */
export interface TelemetryAdapter {
  /** `claude-code`, `codex`, ...: `source.framework` of its events. */
  readonly framework: string;
  /** True for a span about the inside of the agent's program: it is dropped unless settings want it. None = no span is. */
  isInternalSpan?(span: OtlpSpan): boolean;
  /** True where a resource is this agent's. */
  detects(resource: PlainAttributes): boolean;
  /**
   * The events that one resource's telemetry tells. Pure: the same record gives the same event (id included) however
   * requests are cut, and two different records never give the same id.
   */
  toEvents(sent: ResourceTelemetry, resource: PlainAttributes, context: TelemetryContext): AgentEvent[];
}

/** The elements of a request by resource. */
export function resourcesOf(signal: Signal, request: OtlpRequest): ResourceTelemetry[] {
  if ('resourceLogs' in request)
    return request.resourceLogs.map((telemetry) => ({ signal: 'logs', telemetry }));
  if ('resourceSpans' in request) {
    return request.resourceSpans.map((telemetry) => ({ signal: 'traces', telemetry }));
  }
  return signal === 'metrics'
    ? request.resourceMetrics.map((telemetry) => ({ signal: 'metrics', telemetry }))
    : [];
}
