import type { AgentEvent } from '../../domain/event.ts';
import type { ApiRequestPayload } from '../../domain/payload.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { PlainAttributes } from '../adapter.ts';
import { attributeReader } from '../attribute-reader.ts';
import { eventTime } from '../unix-nano.ts';
import { CLAUDE_CODE } from './framework.ts';
import { plainModel } from './plain-model.ts';

const MODEL_CALL = 'claude_code.llm_request';
/** Callers whose calls no log record and no transcript tells of: auto mode's classifier of permissions. */
const HIDDEN = new Set(['auto_mode']);

/** The model calls that spans alone tell of. Claude Code gives no cost there. */
export function hiddenCalls(
  spans: readonly OtlpSpan[],
  sender: (attributes: PlainAttributes) => Pick<AgentEvent, 'source' | 'attributes' | 'origin' | 'claims'>,
  receivedMs: number,
): AgentEvent[] {
  return spans.flatMap((span) => {
    if (span.name !== MODEL_CALL) return [];
    const attributes = attributesToMap(span.attributes);
    const { text, number, boolean } = attributeReader(attributes);
    const purpose = text('query_source_safe');
    const requestId = text('request_id');
    if (purpose === undefined || !HIDDEN.has(purpose) || requestId === undefined) return [];
    if (boolean('success') === false) return [];
    const payload: ApiRequestPayload = present({
      request_id: requestId,
      model: plainModel(text('model')),
      input_tokens: number('input_tokens'),
      output_tokens: number('output_tokens'),
      cache_read_tokens: number('cache_read_tokens'),
      cache_creation_tokens: number('cache_creation_tokens'),
      duration_ms: number('duration_ms'),
      ttft_ms: number('ttft_ms'),
      query_source: 'auxiliary',
      purpose,
      effort: text('effort'),
      speed: text('speed'),
    });
    const event: AgentEvent = {
      id: `${CLAUDE_CODE}:span:${requestId}`,
      type: 'api.request',
      ...eventTime(span.endTimeUnixNano, receivedMs),
      ...sender(attributes),
      correlation: present({ sessionId: text('session.id'), traceId: textOf(span.traceId) }),
      payload: { ...payload },
    };
    return [event];
  });
}
