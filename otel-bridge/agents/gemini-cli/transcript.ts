import { basename, dirname } from 'node:path';
import { objectOf } from '../../domain/values.ts';
import type { TranscriptContext, TranscriptFormat, TranscriptStep } from '../transcript-format.ts';
import { messageEvents, sessionResumed, sessionStart } from './chat-events.ts';
import { type ChatHeader, contextDirectory, readHeader, readMessage } from './chat-line.ts';
import type { ChatState } from './chat-state.ts';
import { GEMINI_CLI } from './framework.ts';

/**
 * Gemini CLI's transcripts: `tmp/<project>/chats/session-<time>-<id>.jsonl`, and `chats/<session>/<sub-agent>.jsonl`
 * for its sub-agents. Versions before 0.3x wrote one JSON document instead, anew for each message.
 */
export const geminiCliTranscripts: TranscriptFormat = {
  framework: GEMINI_CLI,
  folders: ['.gemini/tmp'],
  mayHold: (path) => /^[^/]+(?:\/chats(?:\/[^/]+)?)?$/.test(path),
  isTranscript: (path) => /^[^/]+\/chats\/(?:session-[^/]+\.jsonl?|[^/]+\/[^/]+\.jsonl)$/.test(path),
  companionOf: () => undefined,
  mayTell: (head) => !head.startsWith('{"$set":{"lastUpdated"'),
  documentLines: (document) => {
    const { messages, ...header } = objectOf(document) ?? {};
    return [header, ...(Array.isArray(messages) ? messages : [])];
  },
  read: (value, before, context) => readChatLine(value, (before ?? {}) as ChatState, context),
  finish: (before) => ({ events: [], state: before ?? {} }),
};

function readChatLine(value: unknown, state: ChatState, context: TranscriptContext): TranscriptStep {
  const header = readHeader(value);
  if (header !== undefined) {
    const begun = begin(header, state, context);
    const { startMs } = header;
    const resumed = state.started === true && begun.subagentId === undefined && startMs !== undefined;
    return withState(resumed ? [sessionResumed(begun, context, startMs)] : [], begun);
  }
  const cwd = contextDirectory(value);
  if (cwd !== undefined) return withState([], { ...state, cwd });
  const message = readMessage(value);
  // The beginning of a file says whose it is: without it nothing can be told.
  if (message === undefined || state.sessionId === undefined) return withState([], state);
  const started = { ...state, started: true };
  const events = messageEvents(message, state, context);
  const begins = state.started !== true && state.subagentId === undefined;
  return withState(begins ? [sessionStart(state, context, message.tsMs), ...events] : events, started);
}

/** A sub-agent's file lies in a folder that is named after its session. */
function begin(header: ChatHeader, state: ChatState, { path }: TranscriptContext): ChatState {
  const cwd = header.directory ?? state.cwd;
  const where = cwd === undefined ? {} : { cwd };
  return header.subagent
    ? { ...state, ...where, sessionId: basename(dirname(path)), subagentId: header.sessionId }
    : { ...state, ...where, sessionId: header.sessionId };
}

function withState(events: TranscriptStep['events'], state: ChatState): TranscriptStep {
  return { events, state: { ...state } };
}
