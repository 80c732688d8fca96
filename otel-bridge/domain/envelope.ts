import type { AgentEvent, JsonObject, Origin } from './event.ts';

/** Attribute of an envelope that says through what its sender got to know (`Origin`), where it is not the sender itself. */
export const ORIGIN_ATTRIBUTE = 'agent_monitor.origin';

/** What a sender may say of its origin: it makes its word count less, never more. */
const TOLD_ORIGINS: readonly Origin[] = ['transcript', 'import'];

/** Takes the origin out of an envelope's attributes. @param fallback where they tell none that a sender may tell. */
export function takeOrigin(
  attributes: JsonObject,
  fallback: Origin,
): Pick<AgentEvent, 'attributes' | 'origin'> {
  if (!(ORIGIN_ATTRIBUTE in attributes)) return { attributes, origin: fallback };
  const { [ORIGIN_ATTRIBUTE]: told, ...rest } = attributes;
  return { attributes: rest, origin: TOLD_ORIGINS.find((origin) => origin === told) ?? fallback };
}

/** An agentmon event, version 1, as JSON. */
export interface Envelope {
  readonly schema: { readonly name: 'agentmon.event'; readonly version: 1 };
  readonly event: {
    readonly id: string;
    readonly type: string;
    /** RFC 3339 with as many digits as are known. */
    readonly ts: string;
    readonly seq?: number;
    readonly source: { readonly framework: string; readonly client_id?: string; readonly host?: string };
  };
  readonly correlation: {
    readonly session_id?: string;
    readonly run_id?: string;
    readonly span_id?: string;
    readonly parent_span_id?: string;
    readonly trace_id?: string;
  };
  readonly attributes: JsonObject;
  readonly payload: JsonObject;
}

/**
 * An event as its envelope, for sending it to a bridge. Claims stay behind: the receiver takes them from the token.
 * The origin travels as attribute `agent_monitor.origin`.
 */
export function toEnvelope(event: AgentEvent): Envelope {
  const { source, correlation, seq } = event;
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: event.id,
      type: event.type,
      ts: timestamp(event.tsMs, event.tsNanos),
      ...(seq === undefined ? {} : { seq }),
      source: {
        framework: source.framework,
        ...(source.clientId === undefined ? {} : { client_id: source.clientId }),
        ...(source.host === undefined ? {} : { host: source.host }),
      },
    },
    correlation: {
      ...(correlation.sessionId === undefined ? {} : { session_id: correlation.sessionId }),
      ...(correlation.runId === undefined ? {} : { run_id: correlation.runId }),
      ...(correlation.spanId === undefined ? {} : { span_id: correlation.spanId }),
      ...(correlation.parentSpanId === undefined ? {} : { parent_span_id: correlation.parentSpanId }),
      ...(correlation.traceId === undefined ? {} : { trace_id: correlation.traceId }),
    },
    attributes:
      event.origin === 'ingest'
        ? event.attributes
        : { ...event.attributes, [ORIGIN_ATTRIBUTE]: event.origin },
    payload: event.payload,
  };
}

function timestamp(ms: number, nanos: number): string {
  const text = new Date(ms).toISOString();
  return nanos === 0 ? text : `${text.slice(0, -1)}${String(nanos).padStart(6, '0')}Z`;
}

/** Origins that a sender may name; the others are for the bridge alone to say. */
const NAMED_ORIGINS: ReadonlySet<unknown> = new Set<Origin>(['transcript', 'import', 'hook']);

/** The event of an envelope with the origin that its sender named in the attribute, which is taken out. */
export function restoreOrigin(event: AgentEvent): AgentEvent {
  if (!(ORIGIN_ATTRIBUTE in event.attributes)) return event;
  const { [ORIGIN_ATTRIBUTE]: origin, ...attributes } = event.attributes;
  return { ...event, attributes, origin: NAMED_ORIGINS.has(origin) ? (origin as Origin) : event.origin };
}
