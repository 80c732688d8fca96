import type { SpanPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { hasGenAi, toolMeaning } from '../generic/gen-ai-spans.ts';
import type { SpanMeaning, SpanReader } from '../generic/span-events.ts';
import { failureOf, modelCall, toolCall } from '../generic/span-facts.ts';
import { tokenUsage } from '../generic/token-usage.ts';
import { durationMs } from '../unix-nano.ts';

/**
 * Reads OpenClaw's spans. They leave out sessions on purpose, so each trace, the work on one message, is a session and
 * a run. `openclaw.model.usage` sums the model calls of a turn, and so does `openclaw.model.call` of a command line
 * tool that OpenClaw cannot look into: they count where no single call tells its tokens.
 */
export const openClawSpans: SpanReader = {
  framework: 'openclaw',
  mayTell: (span) => span.name === 'openclaw.run' || hasGenAi(span),
  sessionOf: (span, { text }) => text('gen_ai.conversation.id') ?? span.traceId,
  runOf: ({ traceId }) => traceId,
  meaningsOf(span, read) {
    switch (nameOf(span, read)) {
      case 'openclaw.model.usage':
        return usage(span, read, true);
      case 'openclaw.model.call':
        return usage(span, read, read.text('openclaw.model_call.observation_unit') === 'turn');
      case 'openclaw.tool.execution':
        return [toolMeaning(tool(span, read))];
      case 'openclaw.run':
        return run(span, read);
      default:
        return [];
    }
  },
};

/** With the newest conventions switched on, a model call is named by its operation and model. */
function nameOf({ name }: OtlpSpan, { text }: AttributeReader): string {
  const unit = text('openclaw.model_call.observation_unit');
  return unit === undefined ? name : 'openclaw.model.call';
}

function usage(span: OtlpSpan, read: AttributeReader, isSum: boolean): SpanMeaning[] {
  if (isSum && tokenUsage(read) === undefined) return [];
  const {
    model = read.text('openclaw.model'),
    provider = read.text('openclaw.provider'),
    ...call
  } = modelCall(span, read);
  const ttftMs = read.number('openclaw.model_call.time_to_first_byte_ms');
  const sum = isSum ? { aggregate: true } : {};
  const payload = present({ ...call, model, provider, ttft_ms: call.ttft_ms ?? ttftMs, span_tree: true });
  return [{ type: 'api.request', payload: { ...payload, ...sum } }];
}

function tool(span: OtlpSpan, read: AttributeReader): SpanPayload {
  const told = toolCall(span, read);
  const toolName = told.tool_name ?? read.text('openclaw.toolName');
  const isBlocked =
    read.text('openclaw.outcome') === 'blocked' || read.text('openclaw.deniedReason') !== undefined;
  const error = read.text('openclaw.errorCategory');
  return present({
    ...told,
    tool_name: toolName,
    status: isBlocked ? 'rejected' : error === undefined ? told.status : 'failure',
    error_type: told.error_type ?? error,
  });
}

function run(span: OtlpSpan, read: AttributeReader): SpanMeaning[] {
  const outcome = read.text('openclaw.outcome');
  const { error_type: errorType = read.text('openclaw.errorCategory') } = failureOf(span, read);
  const status = outcome === 'completed' || (outcome === undefined && errorType === undefined);
  return [
    { type: 'run.start', at: 'start', payload: {} },
    {
      type: 'run.end',
      payload: present({
        status: status ? 'success' : (outcome ?? 'error'),
        duration_ms: durationMs(span.startTimeUnixNano, span.endTimeUnixNano),
        error_type: errorType,
      }),
    },
  ];
}
