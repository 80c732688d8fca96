import { present } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpSpan, SpanEvent } from '../../otlp/types.ts';
import { type AttributeReader, attributeReader } from '../attribute-reader.ts';
import { agentMeanings, hasGenAi } from '../generic/gen-ai-spans.ts';
import type { SpanMeaning, SpanReader } from '../generic/span-events.ts';
import { modelCall, toolCall } from '../generic/span-facts.ts';
import { spanLevel } from '../generic/span-level.ts';
import { eventTime } from '../unix-nano.ts';

/** What Copilot says of the end of a permission check. Anything that begins otherwise was not allowed. */
const APPROVED = /^approved/;
/** What a tool call's span says where the call was not allowed. */
const DENIED = 'denied';

/**
 * Reads Copilot's spans. A trace is one prompt. `invoke_agent` sums what the calls below it tell, so only those count;
 * its `github.copilot.cost` is in credits of a subscription and no money.
 */
export const copilotSpans: SpanReader = {
  framework: 'copilot',
  mayTell: hasGenAi,
  sessionOf: (_span, { text }) => text('gen_ai.conversation.id') ?? text('session.id'),
  runOf: ({ traceId }) => traceId,
  meaningsOf(span, read) {
    if (span.name === 'permission') return permission(span, read);
    switch (spanLevel(read)) {
      case 'call':
        return [{ type: 'api.request', payload: { ...modelCall(span, read), ...querySource(read) } }];
      case 'tool':
        return tool(span, read);
      case 'agent':
        return [
          ...agentMeanings(span, read).filter(({ payload }) => payload.aggregate !== true),
          ...span.events.flatMap((event) => spanEvent(event, span)),
        ];
      default:
        return [];
    }
  },
};

function querySource({ text }: AttributeReader): { query_source: string; subagent?: string } {
  const agent = text('gen_ai.agent.name');
  if (text('github.copilot.initiator') !== 'sub-agent') return { query_source: 'main' };
  return { query_source: 'subagent', ...(agent === undefined ? {} : { subagent: agent }) };
}

/**
 * A tool call is known by its span: the check of its permission names that and not the model's id of the call. The
 * span of a call that was not allowed ends like one that failed.
 */
function tool(span: OtlpSpan, read: AttributeReader): SpanMeaning[] {
  const { tool_use_id: callId, ...call } = toolCall(span, read);
  const told = { ...call, ...(callId === undefined ? {} : { 'gen_ai.tool.call.id': callId }) };
  if (read.text('error.type') !== DENIED) return [{ type: 'span.end', payload: told }];
  return [
    { type: 'span.end', payload: { ...told, status: 'rejected' } },
    { type: 'tool.decision', payload: present({ tool_name: call.tool_name, decision: 'reject' }) },
  ];
}

/** A check that ended, of the tool call whose span is around it. */
function permission(span: OtlpSpan, { text }: AttributeReader): SpanMeaning[] {
  const result = text('github.copilot.permission.result');
  if (result === undefined) return [];
  const payload = {
    decision: APPROVED.test(result) ? 'accept' : 'reject',
    decision_source: decisionSource(result),
    permission_kind: text('github.copilot.permission.kind'),
  };
  return [
    {
      type: 'tool.decision',
      correlation: span.parentSpanId === '' ? {} : { spanId: span.parentSpanId },
      payload: present(payload),
    },
  ];
}

/** Who decided, in the bridge's words where there is one for it. */
function decisionSource(result: string): string {
  if (/-interactively-by-user$/.test(result)) return 'user_reject';
  if (/-hook$/.test(result)) return 'hook';
  if (/rule|policy/.test(result)) return 'config';
  return /-for-(?:session|location)$/.test(result) ? 'user_temporary' : result;
}

/** What an agent's span tells in between: what was asked, how full the context was, that it was made smaller. */
function spanEvent(event: SpanEvent, span: OtlpSpan): SpanMeaning[] {
  const { text, number, boolean } = attributeReader(attributesToMap(event.attributes));
  const at = eventTime(event.timeUnixNano, eventTime(span.endTimeUnixNano, 0).tsMs);
  const place = { at, correlation: { spanId: undefined, parentSpanId: span.spanId } };
  switch (event.name) {
    case 'github.copilot.session.usage_info':
      return [
        {
          ...place,
          type: 'context.snapshot',
          payload: present({
            used_tokens: number('github.copilot.current_tokens'),
            window_tokens: number('github.copilot.token_limit'),
          }),
        },
      ];
    case 'github.copilot.session.compaction_complete':
      return [
        {
          ...place,
          type: 'span.end',
          payload: present({
            kind: 'compaction',
            status: boolean('github.copilot.success') === false ? 'failure' : 'success',
            pre_tokens: number('github.copilot.pre_tokens'),
            post_tokens: number('github.copilot.post_tokens'),
          }),
        },
      ];
    case 'github.copilot.user.message':
      return text('github.copilot.user.message.source') === 'user' && span.parentSpanId === ''
        ? [{ ...place, type: 'prompt', payload: { prompt_source: 'person' } }]
        : [];
    default:
      return [];
  }
}
