import type { AgentEvent, Correlation } from '../../domain/event.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpLogRecord } from '../../otlp/types.ts';
import type { PlainAttributes, TelemetryAdapter, TelemetryContext } from '../adapter.ts';
import { attributeReader } from '../attribute-reader.ts';
import { recordDigest } from '../record-digest.ts';
import { telemetrySender } from '../telemetry-sender.ts';
import { eventTime } from '../unix-nano.ts';
import { genAiSpans } from './gen-ai-spans.ts';
import { spanEvents } from './span-events.ts';
import { modelCall } from './span-facts.ts';
import { tokenUsage } from './token-usage.ts';

/** Tells of one model call; by the conventions its record carries the call's span. */
const DETAILS = 'gen_ai.client.inference.operation.details';

/**
 * Anything that follows the GenAI semantic conventions, old or new. Its framework is what it calls itself. Spans tell
 * all that is counted; the conventions' one event of a model call tells the same where no span is sent. Everything
 * else of such a sender gives no events and goes on as it is.
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const genericTelemetry: TelemetryAdapter = {
  framework: 'generic',
  detects: () => true,
  toEvents: (sent, resource, context) => {
    const framework = textOf(resource.get('service.name')) ?? 'unknown_service';
    switch (sent.signal) {
      case 'traces':
        return spanEvents(genAiSpans(framework), sent, resource, context);
      case 'logs':
        return sent.telemetry.scopeLogs
          .flatMap(({ logRecords }) => logRecords)
          .flatMap((record) => detailsEvent(framework, record, resource, context) ?? []);
      case 'metrics':
        return [];
    }
  },
};

/** The model call that a record tells of; null where it is another record. */
function detailsEvent(
  framework: string,
  record: OtlpLogRecord,
  resource: PlainAttributes,
  context: TelemetryContext,
): AgentEvent | null {
  const attributes = attributesToMap(record.attributes);
  if ((textOf(record.eventName) ?? textOf(attributes.get('event.name'))) !== DETAILS) return null;
  const read = attributeReader(attributes);
  if (tokenUsage(read) === undefined && read.text('error.type') === undefined) return null;
  const { traceId, spanId } = record;
  const hasSpan = traceId !== '' && spanId !== '';
  const { span_id: _span, ...call } = modelCall(
    { spanId, startTimeUnixNano: '0', endTimeUnixNano: '0', events: [] },
    read,
  );
  const sessionId = read.text('gen_ai.conversation.id') ?? read.text('session.id') ?? textOf(traceId);
  return {
    id: `${framework}:log:${recordDigest(record, attributes)}`,
    type: 'api.request',
    ...eventTime(
      record.timeUnixNano === '0' ? record.observedTimeUnixNano : record.timeUnixNano,
      context.receivedMs,
    ),
    ...telemetrySender(framework, resource, attributes, context),
    correlation: present<Correlation>({
      sessionId,
      runId: textOf(traceId),
      traceId: textOf(traceId),
      spanId: textOf(spanId),
    }),
    payload: { ...call, ...(hasSpan ? { span_id: spanId, span_tree: true } : {}) },
  };
}
