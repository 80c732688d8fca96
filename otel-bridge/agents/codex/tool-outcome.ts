import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf } from '../../domain/values.ts';

/** How a tool call ended, as far as its result tells. */
export type ToolOutcome = Pick<SpanPayload, 'status' | 'exit_code' | 'error_type'>;

/** How the answer of a shell tool begins: lines of Codex itself, up to the one that says `Output:`. */
const SHELL_HEADER = /^(?:Chunk ID|Wall time|Exit code): /;
const OUTPUT_START = /^(?:Output|Total output lines):/m;
const EXIT_CODE = /^(?:Process exited with code|Exit code:) (-?\d+)$/m;
/** Codex's own word is short. */
const MAX_HEADER_LENGTH = 400;

const NOT_RUN = /^(?:unsupported (?:custom tool )?call:|failed to parse function arguments|unknown tool)/i;
const REJECTED =
  /^(?:(?:exec )?command |patch )?rejected\b|^approval policy is |^exec_command failed.*\bRejected\(/i;
const CANCELLED = /^(?:Wall time: .*\n)?aborted\b/i;
const FAILED = /^(?:script failed|apply_patch verification failed|execution error|tool call error|err: )/i;

/**
 * Reads the outcome of a call from what Codex answers the model. Codex itself calls a command that exits with 3 a
 * success: the exit code stands in the text.
 * @param success what Codex says; undefined in transcripts, where only the text tells
 * @param text the result as the model sees it
 */
export function toolOutcome(success: boolean | undefined, text: string): ToolOutcome {
  const exitCode = exitCodeOf(text);
  if (exitCode === 0) return { status: 'success', exit_code: 0 };
  if (exitCode !== undefined) return { status: 'failure', exit_code: exitCode, error_type: 'exit_code' };
  if (success === true) return { status: 'success' };
  if (CANCELLED.test(text)) return { status: 'cancelled' };
  if (NOT_RUN.test(text)) return { status: 'error', error_type: 'unsupported_call' };
  if (REJECTED.test(text.slice(0, MAX_HEADER_LENGTH))) return { status: 'rejected' };
  return { status: success === false || FAILED.test(text) ? 'failure' : 'success' };
}

/** The exit code that Codex tells; what the command printed is not looked at. */
function exitCodeOf(text: string): number | undefined {
  if (!SHELL_HEADER.test(text)) return metadataExitCode(text);
  const start = OUTPUT_START.exec(text)?.index ?? MAX_HEADER_LENGTH;
  return numberOf(EXIT_CODE.exec(text.slice(0, start))?.[1]);
}

/** Older versions answer with JSON: `{"output": ..., "metadata": {"exit_code": 1}}`. */
function metadataExitCode(text: string): number | undefined {
  if (!text.startsWith('{"output":')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return numberOf(objectOf(objectOf(parsed)?.metadata)?.exit_code);
  } catch {
    // Cut, or the output of something else.
    return undefined;
  }
}
