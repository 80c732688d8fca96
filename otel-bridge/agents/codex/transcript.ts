import { objectOf, textOf } from '../../domain/values.ts';
import type { TranscriptContext, TranscriptFormat, TranscriptState } from '../transcript-format.ts';
import { compacted, compactedSize, compactionItem } from './compaction-lines.ts';
import { CODEX } from './framework.ts';
import { isNested, nestedCall } from './nested-calls.ts';
import { sessionLine } from './session-line.ts';
import { itemEnded, toolCall, toolOutput } from './tool-lines.ts';
import type { CodexStep } from './transcript-events.ts';
import { readTranscriptLine, type TranscriptLine } from './transcript-line.ts';
import { type CodexState, INITIAL_STATE } from './transcript-state.ts';
import { prompt, turnAborted, turnCompleted, turnContext, turnFailed, turnStarted } from './turn-lines.ts';
import { tokenCount, usageRecord } from './usage-lines.ts';

/** `2026/11/21`, and the years and months above. */
const DAY_FOLDER = /^\d{4}(?:\/\d{2}){0,2}$/;
/** Lines that tell nothing, by how they begin, so that megabytes of them need no parsing. */
const SILENT = [
  '"type":"world_state"',
  '"payload":{"type":"reasoning"',
  '"payload":{"type":"agent_reasoning',
  '"payload":{"type":"agent_message"',
  '"payload":{"type":"item_started"',
];

/**
 * Codex's transcripts (0.4x to 0.169): `sessions/<year>/<month>/<day>/rollout-<time>-<thread>.jsonl` below CODEX_HOME.
 * A sub-agent is a thread of its own, in a file of its own.
 */
export const codexTranscripts: TranscriptFormat = {
  framework: CODEX,
  folders: ['.codex/sessions', 'sessions'],
  mayHold: (path) => DAY_FOLDER.test(path),
  isTranscript: (path) => /^(?:\d{4}\/\d{2}\/\d{2}\/)?rollout-[^/]+\.jsonl$/.test(path),
  companionOf: () => undefined,
  mayTell: (head) => {
    if (SILENT.some((part) => head.includes(part))) return false;
    // Of the messages only the model's own tell whether they are a summary.
    return !head.includes('"payload":{"type":"message"') || head.includes('"role":"assistant"');
  },
  read: (value, state, context) => {
    const line = readTranscriptLine(value);
    const before = asState(state);
    const step = line === null ? { events: [], state: before } : readLine(line, before, context);
    return { events: step.events, state: asJson(step.state) };
  },
  finish: (state) => ({ events: [], state: asJson(asState(state)) }),
};

function readLine(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  if (line.type === 'session_meta') return sessionLine(line, state, context);
  // The beginning of a file says whose it is: without it nothing can be told.
  if (state.sessionId === undefined) return { events: [], state };
  const copied = isCopied(line, state.sessionId) ?? state.copied;
  if (copied === true) return { events: [], state: { ...state, copied } };
  return ownLine(line, { ...state, copied: false }, context);
}

/** Ids of this form begin with the time at which they were made. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A sub-agent may begin with its parent's history, written again as if it were its own: turns that are older than the
 * thread. Undefined where a line begins no turn.
 */
function isCopied({ type, kind, payload }: TranscriptLine, sessionId: string): boolean | undefined {
  if (type !== 'event_msg' || (kind !== 'task_started' && kind !== 'turn_started')) return undefined;
  const turnId = textOf(payload.turn_id) ?? '';
  return UUID_V7.test(turnId) && UUID_V7.test(sessionId) && turnId < sessionId;
}

function ownLine(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  switch (line.type) {
    case 'turn_context':
      return turnContext(line, state, context);
    case 'token_usage_record':
      return usageRecord(line, state, context);
    case 'compacted':
      return compacted(line, state, context);
    case 'response_item':
      return responseItem(line, state, context);
    case 'event_msg':
      return eventMessage(line, state, context);
    default:
      return { events: [], state };
  }
}

function responseItem(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const seen = line.metadata.compaction_output === true ? { ...state, compacting: true } : state;
  switch (line.kind) {
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
      return toolCall(line, seen, context);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return toolOutput(line, seen, context);
    default:
      return { events: [], state: seen };
  }
}

function eventMessage(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  switch (line.kind) {
    case 'task_started':
    case 'turn_started':
      return turnStarted(line, state);
    case 'task_complete':
    case 'turn_complete':
      return turnCompleted(line, state, context);
    case 'turn_aborted':
      return turnAborted(line, state, context);
    case 'error':
      return turnFailed(line, line.payload, state, context);
    case 'user_message':
      return prompt(line, line.kind, textOf(line.payload.message) ?? '', undefined, state, context);
    case 'token_count':
      return tokenCountLine(line, state, context);
    case 'item_completed':
      return itemCompleted(line, state, context);
    default:
      return { events: [], state };
  }
}

function tokenCountLine(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const size = compactedSize(line, state, context);
  const count = tokenCount(line, size.state, context);
  return { events: [...size.events, ...count.events], state: count.state };
}

function itemCompleted(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const item = objectOf(line.payload.item) ?? {};
  switch (item.type) {
    case 'UserMessage':
      return prompt(line, line.kind, userText(item.content), textOf(item.id), state, context);
    case 'ContextCompaction':
      return compactionItem(line, state, context);
    default:
      return isNested(item)
        ? nestedCall(line, item, state, context)
        : { events: [], state: itemEnded(item, state) };
  }
}

/** What a person wrote, without images. */
function userText(content: unknown): string {
  if (!Array.isArray(content)) return '';
  return content.flatMap((part) => textOf(objectOf(part)?.text) ?? []).join('');
}

/** The state is ours: it was made by `asJson`, or is absent. */
function asState(state: TranscriptState | undefined): CodexState {
  return { ...INITIAL_STATE, ...(state as Partial<CodexState> | undefined) };
}

/** Without what is empty: it is kept for every file there is. */
function asJson({ calls, ends, copied, ...rest }: CodexState): TranscriptState {
  return {
    ...rest,
    ...(copied === true ? { copied } : {}),
    ...(Object.keys(calls).length === 0 ? {} : { calls }),
    ...(Object.keys(ends).length === 0 ? {} : { ends }),
  };
}
