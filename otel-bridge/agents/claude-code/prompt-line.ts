import type { TranscriptLine } from './transcript-line.ts';

/** How texts begin that Claude Code itself puts into the mouth of the user. */
const NOT_SAID = [
  '<command-name>',
  '<local-command-',
  '<bash-',
  '<system-reminder>',
  '<user-memory-input>',
  'Caveat: ',
  '[Request interrupted',
  'This session is being continued from a previous conversation',
];

/** True for the text by which a background task tells that it ended: nobody asked. */
export function isTaskNotification(text: string): boolean {
  return text.startsWith('<task-notification>');
}

/** The text of a prompt; undefined where a `user` line is anything else (a tool's result, a reminder, a local command). */
export function promptText(line: TranscriptLine): string | undefined {
  if (line.type !== 'user' || line.sidechain) return undefined;
  if (line.raw.isMeta === true || line.raw.isCompactSummary === true) return undefined;
  if (line.blocks.some(({ type }) => type === 'tool_result')) return undefined;
  const text = userText(line);
  if (text === undefined) return undefined;
  // Lines of prompts say where the prompt comes from; older versions do not, and are told by their beginning.
  const said = line.raw.promptSource !== undefined || !NOT_SAID.some((start) => text.startsWith(start));
  return said ? text : undefined;
}

/** True where a line says that the user stopped the agent. */
export function isInterruption(line: TranscriptLine): boolean {
  return line.type === 'user' && (userText(line)?.startsWith('[Request interrupted') ?? false);
}

/** Who asked: `person`, `script`, or `system` where the agent itself did. */
export function promptSource(line: TranscriptLine, text: string): string | undefined {
  switch (line.raw.promptSource) {
    case 'sdk':
      return 'script';
    case 'system':
      return 'system';
    case 'typed':
      return 'person';
    default:
      return isTaskNotification(text) ? 'system' : undefined;
  }
}

function userText({ text, blocks }: TranscriptLine): string | undefined {
  if (text !== undefined) return text;
  const parts = blocks.flatMap((block) => (typeof block.text === 'string' ? [block.text] : []));
  return parts.length === 0 ? undefined : parts.join('\n');
}
