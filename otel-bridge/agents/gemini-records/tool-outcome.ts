import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf } from '../../domain/values.ts';

/** How a tool call ended. */
export type ToolOutcome = Pick<SpanPayload, 'status' | 'exit_code'>;

/** In the text that the model is told of a command; a command that ended well has none, or 0. */
const EXIT_CODE = /^\s*Exit Code: (-?\d+)\s*$/m;
/** Refused by a person, a rule or a mode. */
const REFUSED = new Set(['execution_denied', 'policy_violation', 'permission_denied']);
/** Never ran: no such tool, or not with these arguments. */
const NOT_RUN = new Set(['tool_not_registered', 'invalid_tool_params', 'unhandled_exception']);

/** The exit code that a command's result tells; undefined where it tells none. */
export function exitCodeIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberOf(EXIT_CODE.exec(text)?.[1]);
}

/** The status of a call that the agent calls a failure. */
export function failedStatus(errorType: string | undefined, exitCode: number | undefined): string {
  if (exitCode !== undefined) return 'failure';
  if (errorType !== undefined && REFUSED.has(errorType)) return 'rejected';
  return errorType !== undefined && NOT_RUN.has(errorType) ? 'error' : 'failure';
}
