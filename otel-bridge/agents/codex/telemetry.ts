import type { AgentEvent, Correlation } from '../../domain/event.ts';
import { shortDigest } from '../../domain/short-digest.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpLogRecord } from '../../otlp/types.ts';
import type { PlainAttributes, TelemetryAdapter, TelemetryContext } from '../adapter.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';
import { CODEX } from './framework.ts';
import { recordMeanings } from './log-events.ts';

/** `codex_cli_rs` (terminal), `codex_exec`, `codex-app-server`, `codex_vscode`, `codex_sdk_ts`, ... */
const SERVICE_NAME = /^codex(?:[ _-]|$)/i;
const EVENT_PREFIX = 'codex.';

/**
 * Codex's own OpenTelemetry (0.169). Its log records tell all that is counted. Its metrics carry no id of a session
 * and give no events; its spans are about the inside of the program.
 */
export const codexTelemetry: TelemetryAdapter = {
  framework: CODEX,
  isInternalSpan: () => true,
  detects: (resource) => SERVICE_NAME.test(textOf(resource.get('service.name')) ?? ''),
  toEvents: (sent, resource, context) => {
    if (sent.signal !== 'logs') return [];
    const records = sent.telemetry.scopeLogs.flatMap(({ logRecords }) => logRecords);
    return records.flatMap((record) => recordToEvents(record, resource, context));
  },
};

/**
 * The events of one log record. Its body is empty and its `eventName` a line of source: the attribute tells. Its trace is
 * that of internal spans, and only some records have one: a run's spans would lie in two traces.
 */
function recordToEvents(
  record: OtlpLogRecord,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const attributes = attributesToMap(record.attributes);
  const name = textOf(attributes.get('event.name'));
  if (name === undefined || !name.startsWith(EVENT_PREFIX)) return [];
  const meanings = recordMeanings(name.slice(EVENT_PREFIX.length), attributes);
  if (meanings.length === 0) return [];
  const digest = recordDigest(record, attributes);
  const sessionId = textOf(attributes.get('conversation.id'));
  return meanings.map((meaning, index) => ({
    id: `${CODEX}:log:${digest}${index === 0 ? '' : `:${index}`}`,
    type: meaning.type,
    ...recordTime(record, attributes, context.receivedMs),
    ...senderOf(resource, attributes, context),
    correlation: present<Correlation>({
      sessionId,
      ...meaning.correlation,
    }),
    payload: meaning.payload,
  }));
}

function senderOf(
  resource: PlainAttributes,
  attributes: PlainAttributes,
  context: TelemetryContext,
): ReturnType<typeof telemetrySender> {
  const more = present({
    terminal: textOf(attributes.get('terminal.type')),
    entrypoint: textOf(attributes.get('originator')),
  });
  return telemetrySender(CODEX, decoded(resource), attributes, context, more);
}

/** Codex takes the values of OTEL_RESOURCE_ATTRIBUTES as they are; OpenTelemetry wants them percent-encoded. */
function decoded(resource: PlainAttributes): PlainAttributes {
  const result = new Map(resource);
  for (const key of ['project', 'agent', 'host.name']) {
    const value = result.get(key);
    if (typeof value === 'string' && value.includes('%')) result.set(key, percentDecoded(value));
  }
  return result;
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A percent sign of its own.
    return value;
  }
}

/** What tells one record from any other: all that it says. A resend says the same. */
function recordDigest(record: OtlpLogRecord, attributes: PlainAttributes): string {
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const said = JSON.stringify([record.observedTimeUnixNano, record.traceId, record.spanId, sorted]);
  return shortDigest(said);
}

/** Codex leaves `timeUnixNano` empty. */
function recordTime(
  record: OtlpLogRecord,
  attributes: PlainAttributes,
  receivedMs: number,
): Pick<AgentEvent, 'tsMs' | 'tsNanos'> {
  const stated = Date.parse(textOf(attributes.get('event.timestamp')) ?? '');
  const fallbackMs = Number.isNaN(stated) ? receivedMs : stated;
  const own = record.timeUnixNano === '' || record.timeUnixNano === '0';
  return eventTime(own ? record.observedTimeUnixNano : record.timeUnixNano, fallbackMs);
}
