import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { shortDigest } from '../../domain/short-digest.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpLogRecord, OtlpSpan } from '../../otlp/types.ts';
import type { PlainAttributes, TelemetryAdapter, TelemetryContext } from '../adapter.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';
import type { RecordMeanings } from './record-meaning.ts';

/** What one agent of the family has of its own. */
export interface RecordAdapterOptions {
  /** `source.framework` of its events, and the `service.name` of its resource. */
  readonly framework: string;
  readonly meanings: RecordMeanings;
  /** Attribute of the resource that is the agent's version, where it has one. */
  readonly versionAttribute?: string;
}

/**
 * The OpenTelemetry of Gemini CLI and of what was made from it. Its log records tell all that is counted; metrics tell
 * the same once more; spans tell only that the session needs none of ours.
 */
export function recordAdapter(options: RecordAdapterOptions): TelemetryAdapter {
  const { framework } = options;
  return {
    framework,
    detects: (resource) => textOf(resource.get('service.name')) === framework,
    toEvents: (sent, resource, context) => {
      switch (sent.signal) {
        case 'logs':
          return sent.telemetry.scopeLogs
            .flatMap(({ logRecords }) => logRecords)
            .flatMap((record) => recordToEvents(record, options, resource, context));
        case 'traces':
          return ownSpans(
            sent.telemetry.scopeSpans.flatMap(({ spans }) => spans),
            options,
            resource,
            context,
          );
        case 'metrics':
          return [];
      }
    },
  };
}

function recordToEvents(
  record: OtlpLogRecord,
  options: RecordAdapterOptions,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const attributes = attributesToMap(record.attributes);
  const name = textOf(attributes.get('event.name'));
  const meanings = name === undefined ? [] : options.meanings(name, attributes);
  if (meanings.length === 0) return [];
  const id = `${options.framework}:log:${recordDigest(record, attributes)}`;
  return meanings.map((meaning, index) => ({
    id: index === 0 ? id : `${id}:${index}`,
    type: meaning.type,
    ...recordTime(record, attributes, context.receivedMs),
    ...senderOf(options, resource, attributes, context),
    correlation: present<Correlation>({
      sessionId: sessionOf(resource, attributes),
      traceId: textOf(record.traceId),
      ...meaning.correlation,
    }),
    payload: meaning.payload,
  }));
}

function senderOf(
  { framework, versionAttribute }: RecordAdapterOptions,
  resource: PlainAttributes,
  attributes: PlainAttributes,
  context: TelemetryContext,
): ReturnType<typeof telemetrySender> {
  const version = versionAttribute === undefined ? undefined : textOf(resource.get(versionAttribute));
  const interactive = attributes.get('interactive');
  const more: JsonObject = present({
    entrypoint: typeof interactive === 'boolean' ? (interactive ? 'terminal' : 'headless') : undefined,
  });
  const sender = telemetrySender(framework, resource, attributes, context, more);
  // Without an attribute of the agent's own, `service.version` is that of its runtime.
  const { agent_version: _runtime, ...described } = sender.attributes;
  return { ...sender, attributes: { ...described, ...present({ agent_version: version }) } };
}

function sessionOf(resource: PlainAttributes, attributes: PlainAttributes): string | undefined {
  return textOf(attributes.get('session.id')) ?? textOf(resource.get('session.id'));
}

/** What tells one record from any other: all that it says. A resend says the same. */
function recordDigest(record: OtlpLogRecord, attributes: PlainAttributes): string {
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const said = JSON.stringify([record.timeUnixNano, record.traceId, record.spanId, sorted]);
  return shortDigest(said);
}

/** When it happened, as the record itself says: its own time is that of the export queue, some ms later. */
function recordTime(
  record: OtlpLogRecord,
  attributes: PlainAttributes,
  receivedMs: number,
): Pick<AgentEvent, 'tsMs' | 'tsNanos'> {
  const stated = Date.parse(textOf(attributes.get('event.timestamp')) ?? '');
  if (!Number.isNaN(stated)) return { tsMs: stated, tsNanos: 0 };
  return eventTime(record.timeUnixNano, receivedMs);
}

/** One event per session whose spans come from the agent itself: no spans are built beside them. */
function ownSpans(
  spans: readonly OtlpSpan[],
  options: RecordAdapterOptions,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const events = new Map<string, AgentEvent>();
  for (const span of spans) {
    const attributes = attributesToMap(span.attributes);
    const sessionId = textOf(attributes.get('gen_ai.conversation.id')) ?? sessionOf(resource, attributes);
    if (sessionId === undefined || events.has(sessionId)) continue;
    events.set(sessionId, {
      id: `own-spans:${sessionId}`,
      type: 'agent.traces',
      ...eventTime(span.startTimeUnixNano, context.receivedMs),
      ...senderOf(options, resource, attributes, context),
      correlation: { sessionId },
      payload: { own_spans: true },
    });
  }
  return [...events.values()];
}
