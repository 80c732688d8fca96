import { isShell } from '../gemini-records/tool-action.ts';

/**
 * What a tool call is known by. Telemetry gives no id of it; what both telemetry and transcripts know is the tool and
 * how Gemini CLI says that it ended. The n-th such call of a session that one tells is the n-th that the other tells.
 * Which of two is which matters for commands, whose exit codes transcripts alone tell: of those that ended well, and
 * of those alone in every version, both know how long the text is that the model got.
 * @param contentLength characters of that text
 */
export function callFingerprint(
  toolName: string,
  succeeded: boolean,
  contentLength: number | undefined,
): string {
  const ended = succeeded ? 'success' : 'error';
  const length = succeeded && isShell(toolName) ? contentLength : undefined;
  return length === undefined ? `${toolName}/${ended}` : `${toolName}/${ended}/${length}`;
}
