import type { JsonObject } from '../../domain/event.ts';
import type { SpanPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { durationMs } from '../unix-nano.ts';
import type { SpanMeaning, SpanReader } from './span-events.ts';
import { failureOf, modelCall, toolCall } from './span-facts.ts';
import { spanLevel } from './span-level.ts';
import { tokenUsage } from './token-usage.ts';

/** Bits of a span's flags: whether its parent is remote is known, and it is. */
const REMOTE_PARENT = 0x300;

/**
 * Reads spans as the GenAI conventions mean them: model calls, tool calls, agents. A trace is a run, the conversation
 * id the session; a trace that names none is a session of its own.
 */
export function genAiSpans(framework: string): SpanReader {
  return {
    framework,
    mayTell: hasGenAi,
    sessionOf: (span, { text }) => text('gen_ai.conversation.id') ?? text('session.id') ?? span.traceId,
    runOf: ({ traceId }) => traceId,
    meaningsOf(span, read) {
      switch (spanLevel(read)) {
        case 'call':
          return [{ type: 'api.request', payload: { ...modelCall(span, read), span_tree: true } }];
        case 'tool':
          return [toolMeaning({ ...toolCall(span, read) }, { span_id: span.spanId, span_tree: true })];
        case 'agent':
          return agentMeanings(span, read);
        default:
          return [];
      }
    },
  };
}

/** True where a span has an attribute of the conventions, or of what they were made from. */
export function hasGenAi({ attributes }: OtlpSpan): boolean {
  return attributes.some(({ key }) => key.startsWith('gen_ai.') || key.startsWith('llm.'));
}

/** The event of a tool call, known by the id that the model gave it. */
export function toolMeaning(payload: SpanPayload, more: JsonObject = {}): SpanMeaning {
  return {
    type: 'span.end',
    correlation: payload.tool_use_id === undefined ? {} : { spanId: payload.tool_use_id },
    payload: { ...payload, ...more },
  };
}

/** An agent's span: the run itself where nothing is around it, else a sub-agent; and the sum of its tokens. */
export function agentMeanings(span: OtlpSpan, read: AttributeReader): SpanMeaning[] {
  const failure = failureOf(span, read);
  const outcome = {
    status: failure.error_type === undefined ? 'success' : 'error',
    duration_ms: durationMs(span.startTimeUnixNano, span.endTimeUnixNano),
    error_type: failure.error_type,
    subagent: undefined as string | undefined,
  };
  const sum: SpanMeaning[] =
    tokenUsage(read) === undefined
      ? []
      : [
          {
            type: 'api.request',
            payload: { ...modelCall(span, read), aggregate: true, span_tree: true },
          },
        ];
  if (isRoot(span)) {
    const { status, duration_ms } = outcome;
    return [
      { type: 'run.start', at: 'start', payload: {} },
      { type: 'run.end', payload: present({ status, duration_ms, error_type: failure.error_type }) },
      ...sum,
    ];
  }
  const payload: SpanPayload = present({
    ...outcome,
    kind: 'subagent' as const,
    subagent: read.text('gen_ai.agent.name'),
    subagent_id: read.text('gen_ai.agent.id'),
  });
  return [{ type: 'span.end', payload: { ...payload, span_tree: true } }, ...sum];
}

/** True where nothing of this process is around a span. */
function isRoot({ parentSpanId, flags }: OtlpSpan): boolean {
  return parentSpanId === '' || (flags & REMOTE_PARENT) === REMOTE_PARENT;
}
