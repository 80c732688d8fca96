/**
 * What a tool call is known by. Telemetry gives no id of it; what both telemetry and transcripts know is the tool, how
 * Gemini CLI says that it ended, and how long the text is that the model got. The n-th such call of a session that one
 * tells is the n-th that the other tells.
 * @param contentLength characters of the text; undefined where the result is no text alone
 */
export function callFingerprint(toolName: string, ended: string, contentLength: number | undefined): string {
  // Of these the telemetry has no length, since their results are parts; transcripts show the same parts as text.
  const length = PARTS.has(toolName) ? undefined : contentLength;
  return [toolName, ended, length ?? ''].join('/');
}

/** Tools whose results are parts, whatever a transcript makes of them. */
const PARTS = new Set(['invoke_agent']);
