import type { JournalEvent, JsonObject } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { AttributeValue, LogRecord } from '../domain/outbox.ts';
import { entryOf } from '../domain/values.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { HISTORY_SERVICE_NAME, type Owner, SERVICE_NAME, toResource } from './resource.ts';
import type { ProjectionSettings } from './settings.ts';

/** Loki refuses what is more than 10 minutes ahead; up to here the record keeps its own time. */
const MAX_AHEAD_MS = 9.5 * 60_000;
/** Attribute texts beyond this go into the body: Loki refuses records with more than 64 KB of attributes. */
const MAX_ATTRIBUTE_LENGTH = 2048;
const MAX_ATTRIBUTES_LENGTH = 32_768;
/** Loki refuses records with more than 128 attributes; some room is left for those that it adds. */
const MAX_ATTRIBUTE_COUNT = 100;

/**
 * Index labels of Loki have these names; an attribute of the same name clashes with them. `name` of an attribute as
 * Loki writes it.
 */
const RESERVED = new Set(['project', 'agent', 'service_name']);

/** Payload keys under the name that OpenTelemetry's conventions give them. */
const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  model: 'gen_ai.request.model',
  tool_name: 'gen_ai.tool.name',
  tool_use_id: 'gen_ai.tool.call.id',
  error_type: 'error.type',
};

/**
 * The log record of one event: one readable line as body, everything else as attributes. Pure, and frozen once built:
 * a retry sends the same bytes.
 * @param fact what the event tells of, merged with what other sources told of it.
 */
export function toLogRecord(
  event: JournalEvent,
  fact: Fact,
  owner: Owner,
  settings: Pick<ProjectionSettings, 'instanceId' | 'historyAfterMs'>,
): LogRecord {
  const { receivedMs, correlation } = event;
  const timeMs = recordTimeMs(event);
  const ahead = timeMs !== event.tsMs;
  const history = receivedMs - event.tsMs > settings.historyAfterMs;
  const sessionId = correlation.sessionId ?? null;
  const runId = correlation.runId ?? fact.runId;
  // Without a prototype: a sender may name an attribute __proto__.
  const attributes: Record<string, AttributeValue> = Object.create(null);
  const long: string[] = [];
  const put = attributeWriter(attributes, long);

  put('event.name', event.type);
  put('event.id', event.id);
  put('session.id', sessionId);
  put('gen_ai.conversation.id', sessionId);
  put('run.id', runId);
  if (ahead) put('event.ts', new Date(event.tsMs).toISOString());
  if (fact.outcome !== 'unknown') put('agent.outcome', fact.outcome);
  if (fact.kind === 'api' || fact.kind === 'usage') addUsage(put, fact);
  if (fact.durationMs !== null && event.type !== 'span.start' && event.type !== 'run.start') {
    put('duration_ms', fact.durationMs);
  }
  put('client.id', event.source.clientId);
  // A whole fact is told with all that is known of it; an event in the middle of one with its own words alone.
  const told = fact.kind === 'api' ? fact.data : { ...event.attributes, ...event.payload };
  for (const [key, value] of Object.entries(told)) {
    flatten(entryOf(ATTRIBUTE_NAMES, key) ?? key, value, (name, leaf) => {
      if (!Object.hasOwn(attributes, name)) put(name, leaf);
    });
  }
  const line = describe(event, fact);
  const severity = severityOf(event, fact);
  return {
    resource: toResource(owner, history ? HISTORY_SERVICE_NAME : SERVICE_NAME, settings.instanceId),
    timeUnixNano: toNano(timeMs, event),
    observedTimeUnixNano: toNano(receivedMs, event),
    ...severity,
    body: [line, ...long].join('\n'),
    attributes,
    ...(sessionId === null
      ? {}
      : {
          traceId: traceIdOf(sessionId, runId, fact.traceId),
          spanId: spanIdOf(
            sessionId,
            String(fact.data.span_id ?? (runId === null ? fact.key : `run:${runId}`)),
          ),
        }),
  };
}

/** When a record says that an event was: at its own time, or when it came where that is too far ahead. Unix ms. */
export function recordTimeMs({ tsMs, receivedMs }: Pick<JournalEvent, 'tsMs' | 'receivedMs'>): number {
  return tsMs > receivedMs + MAX_AHEAD_MS ? receivedMs : tsMs;
}

/** Events of one millisecond keep their order: the place in the journal fills the digits that the sender left out. */
function toNano(ms: number, event: JournalEvent): string {
  const nanos = event.tsNanos > 0 ? event.tsNanos : event.journalSeq % 1_000_000;
  return (BigInt(ms) * 1_000_000n + BigInt(nanos)).toString();
}

function addUsage(put: (name: string, value: unknown) => void, fact: Fact): void {
  put('input_tokens', fact.inputTokens);
  put('output_tokens', fact.outputTokens);
  put('cache_read_tokens', fact.cacheReadTokens);
  put('cache_creation_tokens', fact.cacheCreationTokens);
  if (fact.costNanoUsd === null) return;
  put('cost_usd', fact.costNanoUsd / 1e9);
  put('agent.cost.source', fact.costSource);
}

/** Writes attributes; what is too long, or one too many, becomes a line of its own. */
function attributeWriter(
  attributes: Record<string, AttributeValue>,
  long: string[],
): (name: string, value: unknown) => void {
  let count = 0;
  let usedLength = 0;
  return (name, value) => {
    if (value === null || value === undefined) return;
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const scalar: AttributeValue = isScalar ? value : JSON.stringify(value);
    const safe = RESERVED.has(name.replaceAll('.', '_')) ? `event.${name}` : name;
    const valueLength = typeof scalar === 'string' ? scalar.length : String(scalar).length;
    const length = safe.length + valueLength;
    const fits = valueLength <= MAX_ATTRIBUTE_LENGTH && usedLength + length <= MAX_ATTRIBUTES_LENGTH;
    if (!fits || count >= MAX_ATTRIBUTE_COUNT) {
      long.push(`${safe}: ${String(scalar)}`);
      return;
    }
    attributes[safe] = scalar;
    count += 1;
    usedLength += length;
  };
}

/** Leaves of a JSON value with dotted names; arrays stay whole, as JSON. */
function flatten(name: string, value: unknown, put: (name: string, leaf: unknown) => void): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) put(name, value);
  else for (const [key, leaf] of Object.entries(value as JsonObject)) flatten(`${name}.${key}`, leaf, put);
}

function severityOf(event: JournalEvent, fact: Fact): Pick<LogRecord, 'severityNumber' | 'severityText'> {
  if (event.type === 'error' || fact.outcome === 'error' || event.payload.severity === 'error')
    return { severityNumber: 17, severityText: 'ERROR' };
  const isWarning = event.type === 'guardrail.violation' || event.payload.severity === 'warn';
  if (isWarning || fact.outcome === 'failure' || fact.outcome === 'rejected')
    return { severityNumber: 13, severityText: 'WARN' };
  return { severityNumber: 9, severityText: 'INFO' };
}

/** One line for people. */
function describe(event: JournalEvent, fact: Fact): string {
  const duration =
    fact.durationMs === null || event.type.endsWith('.start') ? '' : ` in ${Math.round(fact.durationMs)} ms`;
  const outcome = fact.outcome === 'unknown' || event.type.endsWith('.start') ? '' : ` ${fact.outcome}`;
  const name = fact.name === null ? '' : ` ${fact.name}`;
  const cost = fact.costNanoUsd === null ? '' : `, ${(fact.costNanoUsd / 1e9).toFixed(6)} USD`;
  const tokens =
    fact.kind === 'api' || fact.kind === 'usage'
      ? `: ${fact.inputTokens} input, ${fact.outputTokens} output, ${fact.cacheReadTokens} cache read, ${fact.cacheCreationTokens} cache creation tokens${cost}`
      : '';
  const message = event.payload.message ?? event.payload.error_message ?? event.payload.error;
  const said = typeof message === 'string' ? `: ${message.slice(0, 500)}` : '';
  return `${event.type}${name}${outcome}${duration}${tokens}${said}`;
}
