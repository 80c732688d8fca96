import type { JsonObject } from '../../domain/event.ts';
import type { SpanPayload } from '../../domain/payload.ts';
import { objectOf } from '../../domain/values.ts';

/**
 * Lines that an edit added and removed, from the patch that Claude Code answers with (`tool_response` of a hook,
 * `toolUseResult` of a transcript). Counted as Claude Code itself does for `claude_code.lines_of_code.count`: a new
 * file has as many lines as there are pieces between its line breaks.
 */
export function editedLines(
  response: JsonObject | undefined,
): Pick<SpanPayload, 'file_operation' | 'lines_added' | 'lines_removed'> {
  if (response === undefined || !Array.isArray(response.structuredPatch)) return {};
  if (response.type === 'create') {
    const content = typeof response.content === 'string' ? response.content : '';
    const lines = content === '' ? 0 : content.split(/\r?\n/).length;
    return { file_operation: 'create', lines_added: lines, lines_removed: 0 };
  }
  const lines = response.structuredPatch.flatMap((hunk): unknown[] => {
    const told = objectOf(hunk)?.lines;
    return Array.isArray(told) ? told : [];
  });
  const starting = (sign: string): number =>
    lines.filter((line) => typeof line === 'string' && line.startsWith(sign)).length;
  return { lines_added: starting('+'), lines_removed: starting('-') };
}
