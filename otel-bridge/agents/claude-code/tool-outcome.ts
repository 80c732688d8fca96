import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, textOf } from '../../domain/values.ts';
import type { ContentBlock, TranscriptLine } from './transcript-line.ts';

/** How a tool call ended, as far as its result tells. */
export type ToolOutcome = Pick<SpanPayload, 'status' | 'exit_code' | 'error_type'>;

/** A shell's failure, in a result's text and in `toolUseResult`. */
const EXIT_CODE = /^(?:Error: )?Exit code (\d+)/;
/** What Claude Code answers itself where a call could not be made. */
const NOT_RUN = /^<tool_use_error>(\w+Error)?/;
const STOPPED = /^(?:\[Request interrupted|The user doesn't want to (?:proceed|take this action))/;

/** The hook before the call was not answered, and the user wants calls refused then (`onFailure: block`). */
const NOT_ASKED = /^PreToolUse:\S+ hook error: .*blocking because onFailure/s;

/** Reads the outcome of a `tool_result` block. A tool that ran and failed is a failure, one that never ran an error. */
export function toolOutcome(line: TranscriptLine, block: ContentBlock): ToolOutcome {
  const decision = objectOf(line.raw.permissionDecision)?.decision;
  if (decision === 'reject' || line.raw.toolDenialKind !== undefined) return { status: 'rejected' };
  const result = objectOf(line.raw.toolUseResult);
  if (block.is_error !== true) {
    if (result?.interrupted === true) return { status: 'cancelled' };
    return typeof result?.stdout === 'string' ? { status: 'success', exit_code: 0 } : { status: 'success' };
  }
  return failedToolOutcome(resultText(block) ?? textOf(line.raw.toolUseResult) ?? '');
}

/** The outcome of a call that did not do well. @param text what Claude Code told the model of it. */
export function failedToolOutcome(text: string): ToolOutcome {
  const exitCode = numberOf(EXIT_CODE.exec(text)?.[1]);
  if (exitCode !== undefined) return { status: 'failure', exit_code: exitCode, error_type: 'ShellError' };
  if (NOT_ASKED.test(text)) return { status: 'rejected', error_type: 'HookFailed' };
  const notRun = NOT_RUN.exec(text);
  if (notRun !== null) return { status: 'error', error_type: notRun[1] ?? 'ToolUseError' };
  return { status: STOPPED.test(text) ? 'cancelled' : 'failure' };
}

/** The text of a result; undefined where it has none. */
export function resultText({ content }: ContentBlock): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.flatMap((part) => textOf(objectOf(part)?.text) ?? []);
  return parts.length === 0 ? undefined : parts.join('\n');
}
