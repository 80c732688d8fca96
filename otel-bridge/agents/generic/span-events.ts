import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { PlainAttributes, ResourceTelemetry, TelemetryContext } from '../adapter.ts';
import { type AttributeReader, attributeReader } from '../attribute-reader.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';

/** One event of a span. */
export interface SpanMeaning {
  readonly type: string;
  /** When it happened: at an edge of its span, or at a time of its own. @default 'end' */
  readonly at?: 'start' | 'end' | Pick<AgentEvent, 'tsMs' | 'tsNanos'>;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
  /** Attributes of the event beside those of its sender. */
  readonly attributes?: JsonObject;
}

/** What one kind of sender means by a span. */
export interface SpanReader {
  /** `source.framework` of the events. */
  readonly framework: string;
  /** False where a span tells nothing, judged without reading its attributes: most spans of a trace are such. */
  mayTell(span: OtlpSpan): boolean;
  /** The conversation that a span belongs to; undefined where it says nothing of one. */
  sessionOf(span: OtlpSpan, read: AttributeReader, resource: PlainAttributes): string | undefined;
  /** The run (one prompt with its answer) that a span belongs to; undefined = the one that goes on in its session. */
  runOf(span: OtlpSpan): string | undefined;
  /** The events of a span, in order; none where it is internal to the agent. */
  meaningsOf(span: OtlpSpan, read: AttributeReader): readonly SpanMeaning[];
}

/**
 * The events that spans tell, read as their sender means them, and for each session one event that says that it has
 * spans of its own, so that none are invented. Ids follow from the span's ids alone: a span that comes twice, or in
 * another request, is the same event.
 */
export function spanEvents(
  reader: SpanReader,
  { telemetry }: ResourceTelemetry & { signal: 'traces' },
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const owners = new Set<string>();
  return telemetry.scopeSpans
    .flatMap(({ spans }) => spans)
    .filter((span) => reader.mayTell(span))
    .flatMap((span) => {
      const attributes = attributesToMap(span.attributes);
      const read = attributeReader(attributes);
      const meanings = reader.meaningsOf(span, read);
      const sessionId = meanings.length === 0 ? undefined : reader.sessionOf(span, read, resource);
      if (sessionId === undefined) return [];
      const sender = (more?: JsonObject) =>
        telemetrySender(reader.framework, resource, attributes, context, more);
      const told = meanings.map((meaning, index): AgentEvent => {
        return {
          id: `${reader.framework}:span:${span.traceId}:${span.spanId}${index === 0 ? '' : `:${index}`}`,
          type: meaning.type,
          ...timeOf(meaning, span, context.receivedMs),
          ...sender(meaning.attributes),
          correlation: present<Correlation>({
            sessionId,
            runId: reader.runOf(span),
            spanId: span.spanId,
            parentSpanId: textOf(span.parentSpanId),
            traceId: textOf(span.traceId),
            ...meaning.correlation,
          }),
          payload: meaning.payload,
        };
      });
      if (owners.has(sessionId)) return told;
      owners.add(sessionId);
      const ownSpans: AgentEvent = {
        id: `own-spans:${sessionId}`,
        type: 'agent.traces',
        ...eventTime(span.startTimeUnixNano, context.receivedMs),
        ...sender(),
        correlation: { sessionId },
        payload: { own_spans: true },
      };
      return [ownSpans, ...told];
    });
}

function timeOf(
  { at = 'end' }: SpanMeaning,
  { startTimeUnixNano, endTimeUnixNano }: OtlpSpan,
  receivedMs: number,
): Pick<AgentEvent, 'tsMs' | 'tsNanos'> {
  if (typeof at === 'object') return at;
  return eventTime(at === 'start' ? startTimeUnixNano : endTimeUnixNano, receivedMs);
}
