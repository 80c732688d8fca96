import type { SpanPayload } from '../../domain/payload.ts';
import { objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { mayMake } from './made-by-command.ts';
import { toolAction } from './tool-action.ts';
import { toolInput } from './tool-input.ts';
import { lineEvent, shortText } from './transcript-events.ts';
import type { ContentBlock, TranscriptLine } from './transcript-line.ts';
import type { ClaudeState, OpenCall } from './transcript-state.ts';
import type { ClaudeStep } from './transcript-step.ts';

/** A `tool_use` block: a tool call begins, as far as a transcript knows. */
export function toolUse(
  line: TranscriptLine,
  block: ContentBlock,
  state: ClaudeState,
  context: TranscriptContext,
): ClaudeStep {
  const id = textOf(block.id);
  const name = textOf(block.name);
  if (id === undefined || name === undefined || line.tsMs === undefined) return { events: [], state };
  const { privacy } = context;
  const input = objectOf(block.input) ?? {};
  const json = JSON.stringify(input);
  const { file_path: filePath, ...read } = toolInput(name, input);
  const payload: SpanPayload = present({
    ...read,
    file_path: privacy.filePaths ? filePath : undefined,
    kind: 'tool' as const,
    tool_name: name,
    tool_use_id: id,
    action: toolAction(name),
    input_size_bytes: Buffer.byteLength(json),
    summary: summaryOf(input, privacy),
    arguments: privacy.toolArguments ? shortText(json) : undefined,
    request_id: textOf(line.raw.requestId),
    subagent: textOf(line.raw.attributionAgent),
    subagent_id: line.agentId,
  });
  const event = lineEvent(line, context, {
    type: 'span.start',
    part: `start:${id}`,
    correlation: {
      runId: line.copiedFrom === undefined ? state.runId : undefined,
      spanId: id,
      parentSpanId: textOf(context.companion?.toolUseId),
    },
    payload: { ...payload },
  });
  const call: OpenCall = {
    startedMs: line.tsMs,
    name,
    ...(mayMake(textOf(input.command) ?? '') ? { command: textOf(input.command) ?? '' } : {}),
    ...(line.copiedFrom === undefined ? {} : { sessionId: line.copiedFrom }),
  };
  return { events: [event], state: { ...state, calls: { ...state.calls, [id]: call } } };
}

/** The file that a tool works on, or the command that it runs, where that may be told. */
function summaryOf(
  input: Readonly<Record<string, unknown>>,
  privacy: TranscriptContext['privacy'],
): string | undefined {
  const path = textOf(input.file_path) ?? textOf(input.notebook_path) ?? textOf(input.path);
  if (path !== undefined) return privacy.filePaths ? shortText(path) : undefined;
  if (!privacy.toolArguments) return undefined;
  const text = textOf(input.description) ?? textOf(input.command) ?? textOf(input.query) ?? textOf(input.url);
  return text === undefined ? undefined : shortText(text);
}
