import type { ApiRequestPayload, SpanPayload } from '../../domain/payload.ts';
import { present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { durationMs } from '../unix-nano.ts';
import { tokenUsage } from './token-usage.ts';
import { toolActionByName } from './tool-action.ts';

/** `STATUS_CODE_ERROR`. */
const ERROR = 2;

/** What a span of a model call tells; for an agent's own span, whose tokens are the sum of its calls, `aggregate`. */
export function modelCall(
  span: Pick<OtlpSpan, 'spanId' | 'startTimeUnixNano' | 'endTimeUnixNano' | 'status' | 'events'>,
  read: AttributeReader,
): ApiRequestPayload & { readonly span_id: string } {
  const { text, number } = read;
  const requested = text('gen_ai.request.model');
  const model = text('gen_ai.response.model') ?? requested;
  const cost = number('gen_ai.usage.cost');
  const firstTokenS =
    number('gen_ai.response.time_to_first_chunk') ?? number('gen_ai.server.time_to_first_token');
  return {
    span_id: span.spanId,
    ...present({
      message_id: text('gen_ai.response.id'),
      provider: text('gen_ai.provider.name') ?? text('gen_ai.system'),
      model,
      requested_model: requested === model ? undefined : requested,
      ...tokenUsage(read),
      // Senders that do not know a price write 0.
      cost_usd: cost === 0 ? undefined : cost,
      duration_ms: durationMs(span.startTimeUnixNano, span.endTimeUnixNano),
      ttft_ms: firstTokenS === undefined ? number('ai.response.msToFirstChunk') : firstTokenS * 1000,
      effort: text('gen_ai.request.reasoning.level') ?? text('gen_ai.request.reasoning_effort'),
      ...failureOf(span, read),
    }),
  };
}

/** What a span of a tool call tells. A command that ran and gave an exit code other than 0 failed, whatever its span says. */
export function toolCall(span: OtlpSpan, read: AttributeReader): SpanPayload {
  const { text, number } = read;
  const toolName = text('gen_ai.tool.name');
  const exitCode = number('process.exit.code');
  const failure = failureOf(span, read);
  const input = text('gen_ai.tool.call.arguments');
  const output = text('gen_ai.tool.call.result');
  return present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: text('gen_ai.tool.call.id') ?? span.spanId,
    action: toolName === undefined ? undefined : toolActionByName(toolName),
    status: failure.error_type !== undefined || (exitCode ?? 0) !== 0 ? 'failure' : 'success',
    exit_code: exitCode,
    duration_ms: durationMs(span.startTimeUnixNano, span.endTimeUnixNano),
    input_size_bytes: input === undefined ? undefined : Buffer.byteLength(input),
    output_size_bytes: output === undefined ? undefined : Buffer.byteLength(output),
    arguments: input,
    output,
    subagent: text('gen_ai.agent.name'),
    mcp_server: text('mcp.server.name'),
    error_type: failure.error_type,
  });
}

/** Why a span failed: its error type, else that of the exception it tells of; nothing where it did not. */
export function failureOf(
  { status, events }: Pick<OtlpSpan, 'status' | 'events'>,
  { text }: AttributeReader,
): Pick<ApiRequestPayload, 'error_type' | 'error_message'> {
  const exceptions = events.map(({ attributes }) =>
    textOf(attributesToMap(attributes).get('exception.type')),
  );
  const type = text('error.type') ?? (status?.code === ERROR ? exceptions.findLast(Boolean) : undefined);
  if (status?.code !== ERROR && type === undefined) return {};
  return {
    error_type: type ?? 'error',
    ...(status === undefined || status.message === '' ? {} : { error_message: status.message }),
  };
}
