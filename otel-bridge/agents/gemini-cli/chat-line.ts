import { objectOf, textOf } from '../../domain/values.ts';

/** Something that was said, by the user or by the model. */
export interface ChatMessage {
  readonly id: string;
  readonly tsMs: number;
  /** `user`, `gemini`, `info`, `error`, ... */
  readonly type: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The beginning of a file, or of another process that goes on with the session. */
export interface ChatHeader {
  readonly sessionId: string;
  readonly subagent: boolean;
  readonly startMs: number | undefined;
  /** Where the session works, where the file says it. */
  readonly directory: string | undefined;
}

/** Reads the beginning of a file; undefined where a line is anything else. */
export function readHeader(value: unknown): ChatHeader | undefined {
  const raw = objectOf(value);
  const sessionId = textOf(raw?.sessionId);
  if (raw === undefined || sessionId === undefined || raw.type !== undefined) return undefined;
  const startMs = Date.parse(textOf(raw.startTime) ?? '');
  const directory = Array.isArray(raw.directories) ? textOf(raw.directories[0]) : undefined;
  return {
    sessionId,
    subagent: raw.kind === 'subagent',
    startMs: Number.isNaN(startMs) ? undefined : startMs,
    directory,
  };
}

/** Reads a message; undefined where a line is anything else. */
export function readMessage(value: unknown): ChatMessage | undefined {
  const raw = objectOf(value);
  const id = textOf(raw?.id);
  const type = textOf(raw?.type);
  const tsMs = Date.parse(textOf(raw?.timestamp) ?? '');
  if (raw === undefined || id === undefined || type === undefined || Number.isNaN(tsMs)) return undefined;
  return { id, type, tsMs, raw };
}

/** The text of a message; undefined where it has none (a tool's result, say). */
export function messageText({ raw }: ChatMessage): string | undefined {
  const { content } = raw;
  if (typeof content === 'string') return content === '' ? undefined : content;
  const parts = (Array.isArray(content) ? content : []).flatMap((part) => textOf(objectOf(part)?.text) ?? []);
  return parts.length === 0 ? undefined : parts.join('\n');
}

const CONTEXT = '<session_context>';
const DIRECTORY = /Workspace Directories:\*\*\n\s+- (.+)\n/;

/** True for what Gemini CLI itself tells the model at the start. */
export function isSessionContext(text: string): boolean {
  return text.startsWith(CONTEXT);
}

/** The working directory that a new conversation begins with; undefined where a line is anything else. */
export function contextDirectory(value: unknown): string | undefined {
  const messages = objectOf(objectOf(value)?.$set)?.messages;
  const [first] = Array.isArray(messages) ? messages : [];
  const message = readMessage(first);
  const text = message === undefined ? undefined : messageText(message);
  return text === undefined || !isSessionContext(text) ? undefined : DIRECTORY.exec(text)?.[1];
}
