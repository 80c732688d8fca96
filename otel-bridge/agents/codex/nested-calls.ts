import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { changedLines } from './changed-lines.ts';
import { type CodexTool, codexTool } from './tool-name.ts';
import { type CodexStep, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

/** The tool that runs a script of the model, which calls other tools. */
const SCRIPT_TOOL = 'exec';
const NESTED_ID = /^exec-/;

type Item = Readonly<Record<string, unknown>>;

/** True where an item is a call that a script made: the model itself asked for the script alone. */
export function isNested(item: Item): boolean {
  return NESTED_ID.test(textOf(item.id) ?? '');
}

/** A call that a script made is told when it has ended; nothing else in the file has its id. */
export function nestedCall(
  line: TranscriptLine,
  item: Item,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const id = textOf(item.id);
  const tool = toolOf(item);
  if (id === undefined || tool === undefined) return { events: [], state };
  const startedMs = numberOf(line.payload.started_at_ms);
  const completedMs = numberOf(line.payload.completed_at_ms) ?? line.tsMs;
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    ...tool,
    tool_use_id: id,
    ...outcomeOf(item),
    duration_ms: startedMs === undefined ? undefined : Math.max(0, completedMs - startedMs),
    ...(item.type === 'FileChange' ? changedLines(item.changes, state.cwd, context.privacy.filePaths) : {}),
  });
  const script = Object.entries(state.calls).find(([, call]) => call.tool_name === SCRIPT_TOOL)?.[0];
  const event = threadEvent(state, context, {
    type: 'span.end',
    part: `end:${id}`,
    tsMs: line.tsMs,
    correlation: { spanId: id, ...present({ parentSpanId: script }) },
    payload: { ...payload },
  });
  return { events: [event], state };
}

function toolOf(item: Item): CodexTool | undefined {
  switch (item.type) {
    case 'CommandExecution':
      return codexTool(
        item.source === 'unified_exec_interaction' ? 'write_stdin' : 'exec_command',
        undefined,
      );
    case 'FileChange':
      return codexTool('apply_patch', undefined);
    case 'McpToolCall':
      return codexTool(textOf(item.tool) ?? 'unknown', `mcp__${textOf(item.server) ?? 'unknown'}`);
    default:
      return undefined;
  }
}

function outcomeOf(item: Item): Pick<SpanPayload, 'status' | 'exit_code' | 'error_type'> {
  const exitCode = numberOf(item.exit_code);
  if (exitCode !== undefined && exitCode !== 0) {
    return { status: 'failure', exit_code: exitCode, error_type: 'exit_code' };
  }
  if (item.status === 'declined') return { status: 'rejected' };
  return { status: item.status === 'failed' ? 'failure' : 'success', ...present({ exit_code: exitCode }) };
}
