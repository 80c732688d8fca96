import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { patchPayload } from './patch-lines.ts';
import { codexTool } from './tool-name.ts';
import { toolOutcome } from './tool-outcome.ts';
import { type CodexStep, shortText, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState, OpenCall } from './transcript-state.ts';

/** `function_call`, `custom_tool_call`, `local_shell_call`: the model asks for a tool. */
export function toolCall(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const { payload } = line;
  const id = textOf(payload.call_id) ?? textOf(payload.id);
  // What a model asks for in its summary of the conversation is not run.
  if (id === undefined || line.metadata.compaction_output === true) return { events: [], state };
  const name = line.kind === 'local_shell_call' ? 'local_shell' : textOf(payload.name);
  if (name === undefined) return { events: [], state };
  const tool = codexTool(name, textOf(payload.namespace));
  const argument = textOf(payload.arguments) ?? textOf(payload.input) ?? JSON.stringify(payload.action ?? {});
  const started: SpanPayload = present({
    kind: 'tool' as const,
    ...tool,
    tool_use_id: id,
    input_size_bytes: Buffer.byteLength(argument),
    arguments: context.privacy.toolArguments ? shortText(argument) : undefined,
  });
  const event = threadEvent(state, context, {
    type: 'span.start',
    part: `start:${id}`,
    tsMs: line.tsMs,
    correlation: { spanId: id },
    payload: { ...started },
  });
  const call: OpenCall = {
    ...tool,
    startedMs: line.tsMs,
    ...(tool.tool_name === 'apply_patch' ? { patch: argument } : {}),
  };
  return { events: [event], state: { ...state, calls: { ...state.calls, [id]: call } } };
}

/** `function_call_output`, `custom_tool_call_output`: what the model was answered. */
export function toolOutput(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const id = textOf(line.payload.call_id);
  if (id === undefined) return { events: [], state };
  const { [id]: call, ...calls } = state.calls;
  const { [id]: end, ...ends } = state.ends;
  const after = { ...state, calls, ends, askedMs: line.tsMs };
  // Without its call it is copied history, or the file was not read from its start.
  if (call === undefined) return { events: [], state: after };
  const { startedMs, patch, ...tool } = call;
  const text = outputText(line.payload.output);
  const outcome = callOutcome(end, line.payload.output, text);
  const ended: SpanPayload = present({
    kind: 'tool' as const,
    ...tool,
    tool_use_id: id,
    ...outcome,
    duration_ms: Math.max(0, line.tsMs - startedMs),
    output_size_bytes: Buffer.byteLength(text),
    ...patchPayload(tool.tool_name, patch, outcome.status, context.privacy.filePaths),
    output: context.privacy.toolOutput && text !== '' ? shortText(text) : undefined,
  });
  const event = threadEvent(state, context, {
    type: 'span.end',
    part: `end:${id}`,
    tsMs: line.tsMs,
    correlation: { spanId: id },
    payload: { ...ended },
  });
  return { events: [event], state: after };
}

/** An item of the thread is done: it knows how a command or a call of an MCP server ended. */
export function itemEnded(item: Readonly<Record<string, unknown>>, state: CodexState): CodexState {
  const id = textOf(item.id);
  const status = textOf(item.status);
  if (id === undefined || status === undefined || state.calls[id] === undefined) return state;
  const exitCode = numberOf(item.exit_code);
  const end = { failed: status === 'failed', ...(exitCode === undefined ? {} : { exitCode }) };
  return { ...state, ends: { ...state.ends, [id]: end } };
}

function callOutcome(
  end: CodexState['ends'][string] | undefined,
  output: unknown,
  text: string,
): ReturnType<typeof toolOutcome> {
  if (end?.exitCode !== undefined && end.exitCode !== 0) {
    return { status: 'failure', exit_code: end.exitCode, error_type: 'exit_code' };
  }
  const success = objectOf(output)?.success;
  const told = typeof success === 'boolean' ? success : end?.failed === true ? false : undefined;
  return toolOutcome(told, text);
}

/** A text, parts of one, or (older) an object that holds one. */
function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output)) {
    return output.flatMap((part) => textOf(objectOf(part)?.text) ?? []).join('\n');
  }
  return textOf(objectOf(output)?.content) ?? '';
}
