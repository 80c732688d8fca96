import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import type { PromptPayload, SessionStartPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { PlainValue } from '../../otlp/attributes.ts';
import { compactionId } from '../gemini-records/compaction-id.ts';
import { shortText } from '../gemini-records/short-text.ts';
import type { TranscriptContext, TranscriptFormat, TranscriptStep } from '../transcript-format.ts';
import { QWEN_CODE } from './framework.ts';
import { qwenRecord } from './log-events.ts';
import { readPromptId } from './prompt-id.ts';

/** A working directory as the name of a folder: `/home/dev/demo` is `-home-dev-demo`. */
const CHAT = /^[^/]+\/chats\/[^/]+\.jsonl$/;
/** Lines that tell nothing, by how they begin. */
const SILENT = ['"type":"assistant"', '"type":"tool_result"', '"subtype":"attribution_snapshot"'];

/** A line of a transcript, as far as every kind of line has it. */
interface QwenLine {
  readonly uuid: string;
  readonly sessionId: string;
  readonly tsMs: number;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What is remembered between two lines. */
interface QwenState {
  readonly started?: boolean;
  /** A prompt whose id only the next record tells. */
  readonly prompt?: AgentEvent;
}

/**
 * Qwen Code's transcripts (0.24): `projects/<working directory>/chats/<session>.jsonl`. They hold the records of its
 * telemetry, whether it is exported or not, those of sub-agents included: read as those, they tell the same with the
 * same ids. The files of sub-agents beside them tell nothing more.
 */
export const qwenCodeTranscripts: TranscriptFormat = {
  framework: QWEN_CODE,
  folders: ['.qwen/projects'],
  mayHold: (path) => /^[^/]+(?:\/chats)?$/.test(path),
  isTranscript: (path) => CHAT.test(path),
  companionOf: () => undefined,
  mayTell: (head) => !SILENT.some((part) => head.includes(part)),
  read: (value, before, context) => {
    const state = (before ?? {}) as QwenState;
    const line = readLine(value);
    if (line === null) return step([], state);
    const start = state.started === true ? [] : [sessionStart(line, context)];
    const told = readKnownLine(line, { ...state, started: true }, context);
    return { events: [...start, ...told.events], state: told.state };
  },
  finish: (before) => {
    const { prompt, ...state } = (before ?? {}) as QwenState;
    return step(prompt === undefined ? [] : [prompt], state);
  },
};

function step(events: readonly AgentEvent[], state: QwenState): TranscriptStep {
  return { events, state: { ...state } };
}

function readLine(value: unknown): QwenLine | null {
  const raw = objectOf(value);
  const uuid = textOf(raw?.uuid);
  const sessionId = textOf(raw?.sessionId);
  const tsMs = Date.parse(textOf(raw?.timestamp) ?? '');
  if (raw === undefined || uuid === undefined || sessionId === undefined || Number.isNaN(tsMs)) return null;
  // The file of a sub-agent, which somebody handed in: the session's own file tells its calls.
  if (raw.isSidechain === true) return null;
  return { uuid, sessionId, tsMs, raw };
}

function readKnownLine(line: QwenLine, state: QwenState, context: TranscriptContext): TranscriptStep {
  const { raw } = line;
  if (raw.type === 'user') return userLine(line, state, context);
  if (raw.type !== 'system') return step([], state);
  const payload = objectOf(raw.systemPayload) ?? {};
  switch (raw.subtype) {
    case 'ui_telemetry':
      return recordLine(line, objectOf(payload.uiEvent) ?? {}, state, context);
    case 'chat_compression':
      return step([compaction(line, payload, context)], state);
    default:
      return step([], state);
  }
}

/** A record of telemetry: it means the same here. The first one after a prompt tells the prompt's id. */
function recordLine(
  line: QwenLine,
  record: Readonly<Record<string, unknown>>,
  state: QwenState,
  context: TranscriptContext,
): TranscriptStep {
  const attributes = new Map<string, PlainValue>(Object.entries(record) as [string, PlainValue][]);
  const stated = Date.parse(textOf(record['event.timestamp']) ?? '');
  const tsMs = Number.isNaN(stated) ? line.tsMs : stated;
  const events = qwenRecord(textOf(record['event.name']) ?? '', attributes).map((meaning, index) =>
    lineEvent(line, context, {
      type: meaning.type,
      part: `record:${index}`,
      tsMs,
      correlation: meaning.correlation ?? {},
      payload: withoutContent(meaning.payload, context),
    }),
  );
  const { runId } = readPromptId(textOf(record.prompt_id));
  const { prompt, ...rest } = state;
  if (prompt === undefined || runId === undefined) return step(events, state);
  const known = {
    ...prompt,
    correlation: { ...prompt.correlation, runId },
    payload: { ...prompt.payload, prompt_id: runId },
  };
  return step([known, ...events], rest);
}

/** Something that was asked; what Qwen Code puts there itself (an agent's end, say) is no prompt. */
function userLine(line: QwenLine, state: QwenState, context: TranscriptContext): TranscriptStep {
  const { raw } = line;
  if (raw.subtype !== undefined || (raw.provenance !== undefined && raw.provenance !== 'real_user')) {
    return step([], state);
  }
  const parts = objectOf(raw.message)?.parts;
  const text = (Array.isArray(parts) ? parts : []).flatMap((part) => textOf(objectOf(part)?.text) ?? []);
  if (text.length === 0) return step([], state);
  const prompt = text.join('\n');
  const payload: PromptPayload = present({
    length: prompt.length,
    text: context.privacy.prompts ? shortText(prompt) : undefined,
  });
  const event = lineEvent(line, context, {
    type: 'prompt',
    part: 'prompt',
    correlation: {},
    payload: { ...payload },
  });
  return step(state.prompt === undefined ? [] : [state.prompt], { ...state, prompt: event });
}

function compaction(
  line: QwenLine,
  payload: Readonly<Record<string, unknown>>,
  context: TranscriptContext,
): AgentEvent {
  const info = objectOf(payload.info) ?? payload;
  const preTokens = numberOf(info.originalTokenCount);
  const postTokens = numberOf(info.newTokenCount);
  return lineEvent(line, context, {
    type: 'span.end',
    part: 'compaction',
    correlation: present({ spanId: compactionId(preTokens, postTokens) ?? line.uuid }),
    payload: present({
      kind: 'compaction',
      status: 'success',
      pre_tokens: preTokens,
      post_tokens: postTokens,
    }),
  });
}

function sessionStart(line: QwenLine, context: TranscriptContext): AgentEvent {
  const payload: SessionStartPayload = { ...describe(line, context) };
  const event = lineEvent(line, context, {
    type: 'session.start',
    part: 'session',
    correlation: {},
    payload: { ...payload },
  });
  // One start per session, whichever line is the first to be read.
  return { ...event, id: `${QWEN_CODE}:session:${line.sessionId}` };
}

/** Texts that privacy keeps back never leave the reader. */
function withoutContent(payload: JsonObject, { privacy }: TranscriptContext): JsonObject {
  const { arguments: called, ...rest } = payload;
  const { error_message: _message, ...failed } = rest;
  const kept = privacy.toolOutput ? rest : failed;
  return privacy.toolArguments && called !== undefined ? { ...kept, arguments: called } : kept;
}

interface Told {
  readonly type: string;
  /** Tells the events of one line apart. */
  readonly part: string;
  readonly tsMs?: number;
  readonly correlation: Partial<Correlation>;
  readonly payload: JsonObject;
}

/** An event that a line tells. Its id follows from the line's uuid. */
function lineEvent(line: QwenLine, context: TranscriptContext, told: Told): AgentEvent {
  return {
    id: `${QWEN_CODE}:${line.uuid}:${told.part}`,
    type: told.type,
    tsMs: told.tsMs ?? line.tsMs,
    tsNanos: 0,
    source: { framework: QWEN_CODE, host: context.host },
    correlation: { sessionId: line.sessionId, ...told.correlation },
    attributes: describe(line, context),
    payload: told.payload,
    origin: context.origin,
  };
}

/** Where the session works: on every event, since any may be the first that arrives. */
function describe({ raw }: QwenLine, { privacy, repositoryOf }: TranscriptContext): JsonObject {
  const cwd = textOf(raw.cwd);
  return present({
    cwd: privacy.filePaths ? cwd : undefined,
    repository: cwd === undefined ? undefined : repositoryOf(cwd),
    branch: textOf(raw.gitBranch),
    agent_version: textOf(raw.version),
  });
}
