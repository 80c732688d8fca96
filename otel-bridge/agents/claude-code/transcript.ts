import { createHash } from 'node:crypto';
import type { SessionStartPayload } from '../../domain/payload.ts';
import { objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext, TranscriptFormat, TranscriptState } from '../transcript-format.ts';
import { assistantLine } from './assistant-line.ts';
import { attachmentLine, FAILED_HOOK } from './attachment-line.ts';
import { CLAUDE_CODE } from './framework.ts';
import { costState, systemLine } from './system-line.ts';
import { lineEvent } from './transcript-events.ts';
import { readTranscriptLine, type TranscriptLine } from './transcript-line.ts';
import { type ClaudeState, INITIAL_STATE } from './transcript-state.ts';
import { type ClaudeStep, inTurn, releaseHeld, releaseRunEnd, releaseUnfinished } from './transcript-step.ts';
import { userLine } from './user-line.ts';

/** Lines that tell nothing, by how they begin, so that megabytes of them need no parsing. */
const SILENT_STARTS = [
  '{"type":"api-request-shape"',
  '{"type":"api-request-blob"',
  '{"type":"file-history-',
  '{"type":"ai-title"',
  '{"type":"tools-used"',
  '{"type":"atis-latch"',
  '{"type":"mode"',
  '{"type":"permission-mode"',
  '{"type":"summary"',
  '{"type":"queue-operation"',
];
/** A working directory as the name of a folder: `/home/dev/demo` is `-home-dev-demo`, `C:\\work` is `C--work`. */
const PROJECT_FOLDER = /^(?:-|[A-Za-z]--)/;
/** Inside a string the quotes would be escaped: this is the key of a line that holds an attachment. */
const ATTACHMENT_KEY = '"attachment":{';

/**
 * Claude Code's transcripts (2.1.x): `projects/<working directory>/<session>.jsonl`, sub-agents beside it in
 * `<session>/subagents/agent-<id>.jsonl`.
 */
export const claudeCodeTranscripts: TranscriptFormat = {
  framework: CLAUDE_CODE,
  folders: ['.claude/projects', '.config/claude/projects', 'projects'],
  mayHold: (path) => {
    const [project = '', , third] = path.split('/');
    return PROJECT_FOLDER.test(project) && (third === undefined || third === 'subagents');
  },
  isTranscript: (path) =>
    PROJECT_FOLDER.test(path) && /^[^/]+\/(?:[^/]+\/subagents\/(?:[^/]+\/)*)?[^/]+\.jsonl$/.test(path),
  companionOf: (path) => (path.includes('/subagents/') ? path.replace(/\.jsonl$/, '.meta.json') : undefined),
  mayTell: (head) =>
    !SILENT_STARTS.some((start) => head.startsWith(start)) &&
    (!head.includes(ATTACHMENT_KEY) || FAILED_HOOK.test(head)),
  read: (value, state, context) => {
    const line = readTranscriptLine(value);
    const before = asState(state);
    if (line === null) return { events: [], state: asJson(before) };
    const step = readLine(line, before, context);
    const lastMs = Math.max(step.state.lastMs, line.tsMs ?? 0);
    return {
      events: step.events,
      state: asJson({ ...step.state, lastMs, partStartMs: partStart(line, step.state) }),
    };
  },
  finish: (state) => {
    const step = inTurn(asState(state), releaseHeld, releaseUnfinished, releaseRunEnd);
    return { events: step.events, state: asJson(step.state) };
  },
};

/**
 * When a process began, as far as its lines tell. Not the first line alone: one that begins with a compaction writes the
 * boundary first, and only then the command that asked for it, from before the call that was made for it.
 */
function partStart(
  { type, tsMs }: TranscriptLine,
  { partStartMs, partsBeforeMs }: ClaudeState,
): number | undefined {
  if (type === 'cost-state') return undefined;
  const isNew = tsMs !== undefined && tsMs > (partsBeforeMs ?? Number.NEGATIVE_INFINITY);
  return isNew ? Math.min(partStartMs ?? tsMs, tsMs) : partStartMs;
}

function readLine(line: TranscriptLine, before: ClaudeState, context: TranscriptContext): ClaudeStep {
  const state = startSession(line, before, context);
  switch (line.type) {
    case 'user':
      return userLine(line, state, context);
    case 'assistant':
      return assistantLine(line, state, context);
    case 'system':
      return systemLine(line, state, context);
    case 'attachment':
      return attachmentLine(line, state, context);
    case 'api-request':
      // Only the process that sends a request writes this line: what was kept back is the session's own.
      return releaseHeld(withRequest(line, state));
    case 'last-prompt':
      return inTurn(state, releaseHeld, releaseRunEnd);
    case 'cost-state':
      // Told twice at one end.
      if (state.wasEnded === true && state.partStartMs === undefined) return { events: [], state };
      return inTurn(state, releaseHeld, releaseUnfinished, releaseRunEnd, (ended) => ({
        events: [costState(line, ended, context, digest([line.raw.totalCostUSD, line.raw.modelUsage]))],
        state: { ...ended, partStartMs: undefined, partsBeforeMs: ended.lastMs, wasEnded: true },
      }));
    default:
      return { events: [], state };
  }
}

/** The first line that says where a session works begins it, as far as the transcript knows. */
function startSession(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeState {
  const { sessionId, cwd } = line;
  const begins = !state.started && !line.sidechain && line.copiedFrom === undefined;
  if (!begins || sessionId === undefined || cwd === undefined || line.tsMs === undefined) return state;
  const payload: SessionStartPayload = present({
    cwd: context.privacy.filePaths ? cwd : undefined,
    repository: context.repositoryOf(cwd),
    branch: line.branch,
    agent_version: line.version,
    start_type: state.forkedFrom === undefined ? undefined : 'fork',
  });
  const event = lineEvent(line, context, { type: 'session.start', part: 'session', payload: { ...payload } });
  // One start per session, whichever line is the first to be read.
  const start = { ...event, id: `${CLAUDE_CODE}:session:${sessionId}` };
  return { ...state, started: true, held: [...state.held, start] };
}

function withRequest({ raw, tsMs }: TranscriptLine, state: ClaudeState): ClaudeState {
  const id = textOf(raw.id);
  if (id === undefined || tsMs === undefined) return state;
  const model = textOf(objectOf(raw.params)?.model);
  return { ...state, request: { id, sentMs: tsMs, ...(model === undefined ? {} : { model }) } };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}

/** The state is ours: it was made by `asJson`, or is absent. */
function asState(state: TranscriptState | undefined): ClaudeState {
  return { ...INITIAL_STATE, ...(state as Partial<ClaudeState> | undefined) };
}

/** Without what is empty: it is kept for every file there is. */
function asJson({ held, calls, copiedCalls, ...rest }: ClaudeState): TranscriptState {
  return {
    ...rest,
    ...(held.length === 0 ? {} : { held }),
    ...(Object.keys(calls).length === 0 ? {} : { calls }),
    ...(copiedCalls.length === 0 ? {} : { copiedCalls }),
  };
}
