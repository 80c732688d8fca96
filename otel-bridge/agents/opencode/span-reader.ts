import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { toolMeaning } from '../generic/gen-ai-spans.ts';
import type { SpanReader } from '../generic/span-events.ts';
import { failureOf, modelCall } from '../generic/span-facts.ts';
import { toolActionByName } from '../generic/tool-action.ts';
import { durationMs } from '../unix-nano.ts';
import { OPENCODE } from './framework.ts';

/** One call of a model; `ai.streamText` and `ai.generateText` around them repeat their tokens. */
const CALLS = new Set([
  'ai.streamText.doStream',
  'ai.generateText.doGenerate',
  'ai.streamObject.doStream',
  'ai.generateObject.doGenerate',
]);

/**
 * Reads the AI SDK's spans as OpenCode sends them. All sessions of a server are in one trace, so the trace is no run;
 * its other spans, thousands of them, are its own business.
 */
export const openCodeSpans: SpanReader = {
  framework: OPENCODE,
  sessionOf: (_span, { text }) => text('session.id') ?? text('ai.telemetry.metadata.sessionId'),
  runOf: () => undefined,
  meaningsOf(span, read) {
    if (CALLS.has(span.name)) {
      return [{ type: 'api.request', payload: { ...modelCall(span, read), ...querySource(read) } }];
    }
    return span.name === 'ai.toolCall' ? [toolMeaning(toolCall(span, read))] : [];
  },
};

/** Sub-agents have sessions of their own, which name their parent; titles and summaries are asked for without tools. */
function querySource({ text }: AttributeReader): { query_source: string } {
  if (text('ai.request.headers.x-parent-session-id') !== undefined) return { query_source: 'subagent' };
  return { query_source: text('ai.prompt.toolChoice') === undefined ? 'auxiliary' : 'main' };
}

function toolCall(span: OtlpSpan, read: AttributeReader): SpanPayload {
  const { text } = read;
  const toolName = text('ai.toolCall.name');
  const input = text('ai.toolCall.args');
  const output = text('ai.toolCall.result');
  const exitCode = exitCodeOf(output);
  const { error_type: errorType, error_message: message } = failureOf(span, read);
  return present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: text('ai.toolCall.id'),
    action: toolName === undefined ? undefined : toolActionByName(toolName),
    status: errorType !== undefined ? failedStatus(message) : (exitCode ?? 0) !== 0 ? 'failure' : 'success',
    exit_code: exitCode,
    duration_ms: durationMs(span.startTimeUnixNano, span.endTimeUnixNano),
    input_size_bytes: input === undefined ? undefined : Buffer.byteLength(input),
    output_size_bytes: output === undefined ? undefined : Buffer.byteLength(output),
    arguments: input,
    output,
    error_type: errorType,
  });
}

/** The exit code of a command, which only the result's text has. */
function exitCodeOf(result: string | undefined): number | undefined {
  if (result === undefined || !result.includes('"exit"')) return undefined;
  try {
    const parsed: unknown = JSON.parse(result);
    return numberOf(objectOf(objectOf(parsed)?.metadata)?.exit);
  } catch {
    // A result that was cut off is no JSON any more.
    return numberOf(/"exit":(-?\d+)/.exec(result)?.[1]);
  }
}

/** OpenCode names what kept a call from running in the message of its error. */
function failedStatus(message: string | undefined): string {
  const said = textOf(message) ?? '';
  return /permission|rejected|specified a rule/i.test(said) ? 'rejected' : 'failure';
}
