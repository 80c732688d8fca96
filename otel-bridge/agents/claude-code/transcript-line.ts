import { numberOf, objectOf, textOf } from '../../domain/values.ts';

/** A block of a message. */
export type ContentBlock = Readonly<Record<string, unknown>>;

/** One line of a transcript, as far as it is understood. Every line may lack any field. */
export interface TranscriptLine {
  /** user, assistant, system, api-request, cost-state, last-prompt, ... */
  readonly type: string;
  readonly subtype?: string | undefined;
  readonly uuid?: string | undefined;
  readonly tsMs?: number | undefined;
  readonly sessionId?: string | undefined;
  /** On history that a fork copied: the session that it is from. */
  readonly copiedFrom?: string | undefined;
  readonly promptId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly cwd?: string | undefined;
  readonly branch?: string | undefined;
  readonly version?: string | undefined;
  /** True on lines of sub-agents. */
  readonly sidechain: boolean;
  /** `message.content`: text, or blocks. */
  readonly text?: string | undefined;
  readonly blocks: readonly ContentBlock[];
  readonly message: Readonly<Record<string, unknown>>;
  /** The whole line, for what only one kind of line has. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Reads a parsed line; null where it is no object with a type. */
export function readTranscriptLine(value: unknown): TranscriptLine | null {
  const raw = objectOf(value);
  const type = textOf(raw?.type);
  if (raw === undefined || type === undefined) return null;
  const message = objectOf(raw.message) ?? {};
  const { content } = message;
  const sessionId = textOf(raw.sessionId);
  const requestSession = textOf(raw.requestSessionId);
  const branch = textOf(raw.gitBranch);
  return {
    type,
    subtype: textOf(raw.subtype),
    uuid: textOf(raw.uuid),
    tsMs: timeOf(raw.timestamp),
    sessionId,
    copiedFrom: requestSession === sessionId ? undefined : requestSession,
    promptId: textOf(raw.promptId),
    agentId: textOf(raw.agentId),
    cwd: textOf(raw.cwd),
    // Claude Code writes HEAD where there is no branch or no repository.
    branch: branch === 'HEAD' ? undefined : branch,
    version: textOf(raw.version),
    sidechain: raw.isSidechain === true || raw.agentId !== undefined,
    text: typeof content === 'string' ? content : undefined,
    blocks: Array.isArray(content) ? content.map(objectOf).filter((block) => block !== undefined) : [],
    message,
    raw,
  };
}

function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return numberOf(value);
  const ms = Date.parse(textOf(value) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
