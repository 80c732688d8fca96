import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap, attributeValue, type PlainValue } from '../../otlp/attributes.ts';
import type { OtlpLogRecord, OtlpSpan } from '../../otlp/types.ts';
import type { PlainAttributes, ResourceTelemetry, TelemetryAdapter, TelemetryContext } from '../adapter.ts';
import { recordDigest } from '../record-digest.ts';
import { eventTime } from '../unix-nano.ts';
import { CLAUDE_CODE } from './framework.ts';
import { hiddenCalls } from './hidden-calls.ts';
import { recordMeaning } from './log-events.ts';
import { metricEvents } from './metric-events.ts';

/** Terminal and SDK; the "Code" tab of the desktop program. */
const SERVICE_NAMES = new Set(['claude-code', 'claude-code-desktop']);
const EVENT_PREFIX = 'claude_code.';

/**
 * Claude Code's own OpenTelemetry (2.1.x). Its log records tell nearly all that is counted; its metrics tell it once
 * more, and the rest (metric-events.ts); its spans that the session needs none of ours, and calls that nothing else
 * tells of (hidden-calls.ts).
 */
export const claudeCodeTelemetry: TelemetryAdapter = {
  framework: CLAUDE_CODE,
  detects: (resource) => SERVICE_NAMES.has(textOf(resource.get('service.name')) ?? ''),
  toEvents: (sent, resource, context) => {
    switch (sent.signal) {
      case 'logs':
        return recordEvents(sent, resource, context);
      case 'traces':
        return [
          ...ownSpans(spansOf(sent), resource, context),
          ...hiddenCalls(
            spansOf(sent),
            (attributes) => sender(resource, attributes, context),
            context.receivedMs,
          ),
        ];
      case 'metrics':
        return metricEvents(sent, (attributes) => sender(resource, attributes, context), context.receivedMs);
    }
  },
};

function recordsOf(sent: ResourceTelemetry & { signal: 'logs' }): OtlpLogRecord[] {
  return sent.telemetry.scopeLogs.flatMap(({ logRecords }) => logRecords);
}

function spansOf(sent: ResourceTelemetry & { signal: 'traces' }): OtlpSpan[] {
  return sent.telemetry.scopeSpans.flatMap(({ spans }) => spans);
}

/** The events of all log records of a resource. */
function recordEvents(
  sent: ResourceTelemetry & { signal: 'logs' },
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const senderOf = sameSender(resource, context);
  const events: AgentEvent[] = [];
  for (const record of recordsOf(sent)) {
    const event = recordToEvent(record, senderOf, context.receivedMs);
    if (event !== null) events.push(event);
  }
  return events;
}

/** The event of one log record; null where the record is none of Claude Code's events. */
function recordToEvent(
  record: OtlpLogRecord,
  senderOf: (attributes: PlainAttributes) => Sender,
  receivedMs: number,
): AgentEvent | null {
  const attributes = attributesToMap(record.attributes);
  const name =
    textOf(attributes.get('event.name')) ?? textOf(record.eventName) ?? textOf(attributeValue(record.body));
  if (name === undefined) return null;
  const shortName = name.startsWith(EVENT_PREFIX) ? name.slice(EVENT_PREFIX.length) : name;
  const meaning = recordMeaning(shortName, attributes);
  const sequence = attributes.get('event.sequence');
  const { tsMs, tsNanos } = recordTime(record, attributes, receivedMs);
  return {
    id: `${CLAUDE_CODE}:log:${recordDigest(record, attributes)}`,
    type: meaning.type,
    tsMs,
    tsNanos,
    ...(typeof sequence === 'number' ? { seq: sequence } : {}),
    ...senderOf(attributes),
    correlation: present<Correlation>({
      sessionId: textOf(attributes.get('session.id')),
      runId: textOf(attributes.get('prompt.id')),
      traceId: textOf(record.traceId),
      ...meaning.correlation,
    }),
    payload: meaning.payload,
  };
}

type Sender = Pick<AgentEvent, 'source' | 'attributes' | 'origin' | 'claims'>;

/** `sender` for records of one resource: those that follow each other mostly say the same of it. */
function sameSender(
  resource: PlainAttributes,
  context: TelemetryContext,
): (attributes: PlainAttributes) => Sender {
  /** All that was read for the last one. */
  let said: { readonly name: string; readonly value: unknown }[] = [];
  let last: Sender | undefined;
  return (attributes) => {
    if (last !== undefined && said.every(({ name, value }) => attributes.get(name) === value)) return last;
    said = [];
    const get = (name: string): PlainValue | undefined => {
      const value = attributes.get(name);
      said.push({ name, value });
      return value;
    };
    last = sender(resource, { get }, context);
    return last;
  };
}

/** Who sent a record, and to whom it says that it belongs. */
function sender(
  resource: PlainAttributes,
  attributes: Pick<PlainAttributes, 'get'>,
  { claims }: TelemetryContext,
): Sender {
  // Claude Code copies resource attributes onto its records.
  const read = (name: string): string | undefined =>
    textOf(resource.get(name)) ?? textOf(attributes.get(name));
  const host = read('host.name');
  const hostPaths = attributes.get('workspace.host_paths');
  const described: JsonObject = present({
    project: read('project'),
    agent: read('agent'),
    repository: read('vcs.repository.name'),
    branch: read('vcs.ref.head.name'),
    // Set by whoever runs the agent as a task of its own.
    task_id: read('task.id'),
    cwd: Array.isArray(hostPaths) ? textOf(hostPaths[0]) : undefined,
    agent_version: read('app.version') ?? read('service.version'),
    terminal: read('terminal.type'),
    entrypoint: read('app.entrypoint'),
  });
  return {
    source: { framework: CLAUDE_CODE, ...(host === undefined ? {} : { host }) },
    attributes: described,
    origin: 'telemetry',
    ...(claims === undefined ? {} : { claims }),
  };
}

/** The time of a record, with its nanoseconds; where it has none, what else it says, at last when it came. */
function recordTime(
  record: OtlpLogRecord,
  attributes: PlainAttributes,
  receivedMs: number,
): Pick<AgentEvent, 'tsMs' | 'tsNanos'> {
  for (const nano of [record.timeUnixNano, record.observedTimeUnixNano]) {
    if (nano !== '' && nano !== '0') return eventTime(nano, receivedMs);
  }
  const stated = Date.parse(textOf(attributes.get('event.timestamp')) ?? '');
  return { tsMs: Number.isNaN(stated) ? receivedMs : stated, tsNanos: 0 };
}

/** One event per session whose spans come from the agent itself: no spans are built beside them. */
function ownSpans(
  spans: readonly OtlpSpan[],
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent[] {
  const events = new Map<string, AgentEvent>();
  for (const span of spans) {
    const attributes = attributesToMap(span.attributes);
    const sessionId = textOf(attributes.get('session.id'));
    if (sessionId === undefined || events.has(sessionId)) continue;
    events.set(sessionId, {
      id: `own-spans:${sessionId}`,
      type: 'agent.traces',
      ...eventTime(span.startTimeUnixNano, context.receivedMs),
      ...sender(resource, attributes, context),
      correlation: { sessionId },
      payload: { own_spans: true },
    });
  }
  return [...events.values()];
}
