import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { entryOf, present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpLogRecord } from '../../otlp/types.ts';
import type { PlainAttributes, TelemetryAdapter, TelemetryContext } from '../adapter.ts';
import { type AttributeReader, attributeReader } from '../attribute-reader.ts';
import { toolActionByName } from '../generic/tool-action.ts';
import { recordDigest } from '../record-digest.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';

const CLINE = 'cline';

/** The part of an event that depends on what kind of record it comes from. @param id what tells it from any other */
type Meaning = (read: AttributeReader, id: string) => { readonly type: string; readonly payload: JsonObject };

/**
 * What each of Cline's events means, by the body of its record. `task.conversation_turn` of the assistant repeats the
 * tokens of `task.tokens` in some releases and tells nothing else.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'task.created': () => ({ type: 'session.start', payload: { start_type: 'fresh' } }),
  'task.restarted': () => ({ type: 'session.start', payload: { start_type: 'resume' } }),
  'task.completed': ({ text }) => ({
    type: 'session.end',
    payload: present({ reason: text('source') ?? 'completed' }),
  }),
  'task.tokens': tokens,
  'task.provider_api_error': apiError,
  'task.tool_used': toolUsed,
  'task.mode': ({ text }) => ({ type: 'mode.change', payload: present({ to_mode: text('mode') }) }),
};

/**
 * Cline's own OpenTelemetry (the SDK 3.0.65; the extension of VS Code): a log record per event, whose body is its name.
 * A task is a session. Its metrics sum the same once more and give no events.
 */
export const clineTelemetry: TelemetryAdapter = {
  framework: CLINE,
  detects: (resource) => textOf(resource.get('service.name')) === CLINE,
  toEvents: (sent, resource, context) =>
    sent.signal === 'logs'
      ? sent.telemetry.scopeLogs
          .flatMap(({ logRecords }) => logRecords)
          .flatMap((record) => toEvent(record, resource, context) ?? [])
      : [],
};

function toEvent(
  record: OtlpLogRecord,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent | null {
  const attributes = attributesToMap(record.attributes);
  const read = attributeReader(attributes);
  const sessionId = read.text('ulid');
  const name = textOf(record.body?.stringValue) ?? textOf(record.eventName) ?? '';
  if (sessionId === undefined) return null;
  const id = recordDigest(record, attributes);
  const isPrompt = name === 'task.conversation_turn' && read.text('source') === 'user';
  const meaning = isPrompt
    ? { type: 'prompt', payload: { prompt_id: id, prompt_source: 'person' } }
    : entryOf(MEANINGS, name)?.(read, id);
  if (meaning === undefined) return null;
  const nano = record.timeUnixNano === '0' ? record.observedTimeUnixNano : record.timeUnixNano;
  return {
    id: `${CLINE}:log:${id}`,
    type: meaning.type,
    ...eventTime(nano, context.receivedMs),
    ...telemetrySender(CLINE, resource, attributes, context),
    correlation: present<Correlation>({ sessionId, traceId: textOf(record.traceId) }),
    payload: meaning.payload,
  };
}

/** Tokens of one call; `tokensIn` is what no cache served, and the cost is the call's alone. */
function tokens({ text, number }: AttributeReader, id: string): ReturnType<Meaning> {
  const cost = number('totalCost');
  return {
    type: 'api.request',
    payload: present({
      request_id: `${CLINE}:${id}`,
      provider: text('provider') ?? text('apiProvider'),
      model: text('model'),
      input_tokens: number('tokensIn'),
      output_tokens: number('tokensOut'),
      cache_read_tokens: number('cacheReadTokens'),
      cache_creation_tokens: number('cacheWriteTokens'),
      // 0 where Cline does not know the model's price.
      cost_usd: cost === 0 ? undefined : cost,
      query_source: text('parentAgentId') === undefined ? 'main' : 'subagent',
    }),
  };
}

function apiError({ text }: AttributeReader, id: string): ReturnType<Meaning> {
  return {
    type: 'api.request',
    payload: present({
      request_id: text('requestId') ?? `${CLINE}:${id}`,
      provider: text('provider'),
      model: text('model'),
      error_type: text('errorStatus') ?? 'error',
      error_message: text('errorMessage'),
    }),
  };
}

/** A tool call that ended. Cline tells neither its id nor how long it took. */
function toolUsed({ text, boolean }: AttributeReader, id: string): ReturnType<Meaning> {
  const toolName = text('tool');
  return {
    type: 'span.end',
    payload: present({
      kind: 'tool',
      tool_use_id: id,
      tool_name: toolName,
      action: toolName === undefined ? undefined : toolActionByName(toolName),
      status: boolean('success') === false ? 'failure' : 'success',
    }),
  };
}
