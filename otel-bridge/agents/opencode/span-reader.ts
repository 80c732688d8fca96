import type { SpanPayload } from '../../domain/payload.ts';
import { entryOf, numberOf, objectOf, present } from '../../domain/values.ts';
import type { OtlpSpan } from '../../otlp/types.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { toolMeaning } from '../generic/gen-ai-spans.ts';
import type { SpanMeaning, SpanReader } from '../generic/span-events.ts';
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

const TOOL_CALL = 'ai.toolCall';

/** Errors of calls that were not allowed, and who decided so. */
const REFUSALS: Readonly<Record<string, string>> = {
  PermissionDeniedError: 'config',
  PermissionRejectedError: 'user_reject',
};

/**
 * Reads the AI SDK's spans as OpenCode sends them. All sessions of a server are in one trace, so the trace is no run;
 * its other spans, thousands of them, are its own business.
 */
export const openCodeSpans: SpanReader = {
  framework: OPENCODE,
  mayTell: ({ name }) => name === TOOL_CALL || CALLS.has(name),
  sessionOf: (_span, { text }) => text('session.id') ?? text('ai.telemetry.metadata.sessionId'),
  runOf: () => undefined,
  meaningsOf(span, read) {
    if (CALLS.has(span.name)) {
      const call = modelCall(span, read);
      // `anthropic.messages`: the provider and which of its APIs.
      const provider = call.provider?.split('.')[0];
      return [{ type: 'api.request', payload: present({ ...call, provider, ...querySource(read) }) }];
    }
    return span.name === TOOL_CALL ? toolMeanings(toolCall(span, read)) : [];
  },
};

/** Sub-agents have sessions of their own, which name their parent; titles and summaries are asked for without tools. */
function querySource({ text }: AttributeReader): { query_source: string } {
  if (text('ai.request.headers.x-parent-session-id') !== undefined) return { query_source: 'subagent' };
  return { query_source: text('ai.prompt.toolChoice') === undefined ? 'auxiliary' : 'main' };
}

/** A call that was not allowed, by rule or by a person, was decided on as well; of others OpenCode tells no call. */
function toolMeanings(call: SpanPayload): SpanMeaning[] {
  const source = entryOf(REFUSALS, call.error_type ?? '');
  const { tool_name, tool_use_id } = call;
  const decision = { tool_name, tool_use_id, decision: 'reject', decision_source: source };
  return [
    toolMeaning(call),
    ...(source === undefined ? [] : [{ type: 'tool.decision', payload: present(decision) }]),
  ];
}

function toolCall(span: OtlpSpan, read: AttributeReader): SpanPayload {
  const { text } = read;
  const toolName = text('ai.toolCall.name');
  const input = text('ai.toolCall.args');
  const output = text('ai.toolCall.result');
  const exitCode = exitCodeOf(output);
  const { error_type: errorType } = failureOf(span, read);
  return present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: text('ai.toolCall.id'),
    action: toolName === undefined ? undefined : toolActionByName(toolName),
    status: statusOf(errorType, exitCode),
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

function statusOf(errorType: string | undefined, exitCode: number | undefined): string {
  if (errorType !== undefined) return errorType in REFUSALS ? 'rejected' : 'failure';
  return (exitCode ?? 0) === 0 ? 'success' : 'failure';
}
