import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import { attributesToMap, attributeValue } from '../../otlp/attributes.ts';
import type { OtlpLogRecord } from '../../otlp/types.ts';
import type { PlainAttributes, ResourceTelemetry, TelemetryContext } from '../adapter.ts';
import { recordDigest } from '../record-digest.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';
import { OPENCODE } from './framework.ts';

/** A prompt that ends with a call that was not allowed has no record of its end: the next prompt, or silence, ends it. */
const IMPLICIT_END = { implicit_end: true };

/** The part of an event that depends on what a record says. */
interface LogMeaning {
  readonly type: string;
  readonly correlation: Partial<Correlation>;
  readonly attributes?: JsonObject;
  readonly payload: JsonObject;
}

/** The events of OpenCode's log records: sessions that were created, runs that began and ended. */
export function logEvents(
  { telemetry }: ResourceTelemetry & { signal: 'logs' },
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  return telemetry.scopeLogs
    .flatMap(({ logRecords }) => logRecords)
    .flatMap((record) => toEvent(record, resource, context) ?? []);
}

function toEvent(
  record: OtlpLogRecord,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent | null {
  const body = attributeValue(record.body);
  if (!Array.isArray(body)) return null;
  const [message, annotations] = body;
  const said = typeof annotations === 'string' ? parseAnnotations(annotations) : undefined;
  if (typeof message !== 'string' || said === undefined) return null;
  const attributes = attributesToMap(record.attributes);
  const meaning = meaningOf(message, said, runIdOf(resource, attributes));
  if (meaning === null) return null;
  return {
    id: `${OPENCODE}:log:${recordDigest(record, attributes)}`,
    type: meaning.type,
    ...eventTime(
      record.timeUnixNano === '0' ? record.observedTimeUnixNano : record.timeUnixNano,
      context.receivedMs,
    ),
    ...telemetrySender(OPENCODE, resource, attributes, context, meaning.attributes),
    correlation: present<Correlation>({ traceId: textOf(record.traceId), ...meaning.correlation }),
    payload: meaning.payload,
  };
}

/** What a record means by its message; null where it is one of OpenCode's other records. */
function meaningOf(message: string, said: JsonObject, runId: string | undefined): LogMeaning | null {
  switch (message) {
    case 'created':
      return sessionStart(said);
    case 'loop':
      // Later steps are turns of the same run.
      return numberOf(said.step) === 0
        ? { type: 'run.start', correlation: runOf(said, runId), payload: IMPLICIT_END }
        : null;
    case 'exiting loop':
      return { type: 'run.end', correlation: runOf(said, runId), payload: { status: 'success' } };
    default:
      return null;
  }
}

function sessionStart(said: JsonObject): LogMeaning | null {
  const sessionId = textOf(said.id);
  const cwd = textOf(said.directory);
  if (sessionId === undefined || cwd === undefined) return null;
  const parentSessionId = textOf(said.parentID);
  return {
    type: 'session.start',
    correlation: { sessionId },
    attributes: present({
      parent_session_id: parentSessionId,
      subagent: parentSessionId === undefined ? undefined : textOf(said.agent),
    }),
    payload: { cwd, start_type: 'fresh' },
  };
}

function runOf(said: JsonObject, runId: string | undefined): Partial<Correlation> {
  return present({ sessionId: textOf(said['session.id']), runId });
}

/** The loop of one prompt is one fiber of one process. */
function runIdOf(resource: PlainAttributes, attributes: PlainAttributes): string | undefined {
  const fiber = textOf(attributes.get('fiberId'));
  const instance = textOf(resource.get('service.instance.id'));
  return fiber === undefined || instance === undefined ? undefined : `${instance}-${fiber}`;
}

/** What stands beside a message: JSON, but for values that are `undefined`. */
function parseAnnotations(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text.replace(/:undefined(?=[,}])/g, ':null')));
  } catch {
    // Not annotations: some other text that a record was written with.
    return undefined;
  }
}
