import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import type { ApiRequestPayload, PromptPayload, SpanPayload } from '../../domain/payload.ts';
import { entryOf, numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import { shortText } from '../gemini-records/short-text.ts';
import { disjointTokens } from '../gemini-records/token-counts.ts';
import { fileOperation, toolAction } from '../gemini-records/tool-action.ts';
import { exitCodeIn } from '../gemini-records/tool-outcome.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { callFingerprint } from './call-identity.ts';
import { type ChatMessage, isSessionContext, messageText } from './chat-line.ts';
import type { ChatState } from './chat-state.ts';
import { GEMINI_CLI } from './framework.ts';

/** A session begins, as far as its transcript knows. */
export function sessionStart(state: ChatState, context: TranscriptContext, tsMs: number): AgentEvent {
  const event = chatEvent(state, context, { type: 'session.start', id: '', tsMs, payload: {} });
  // One start per session, however many processes go on with it.
  return {
    ...event,
    id: `${GEMINI_CLI}:session:${state.sessionId}`,
    payload: { start_type: 'fresh', ...whereOf(state, context) },
  };
}

/** Another process goes on with the session: it writes a header of its own. */
export function sessionResumed(state: ChatState, context: TranscriptContext, tsMs: number): AgentEvent {
  const payload = { start_type: 'resume', ...whereOf(state, context) };
  return chatEvent(state, context, { type: 'session.start', id: `resume:${tsMs}`, tsMs, payload });
}

/** The events that a message tells. Gemini CLI writes it again whenever more is known: ids follow from its own. */
export function messageEvents(
  message: ChatMessage,
  state: ChatState,
  context: TranscriptContext,
): AgentEvent[] {
  if (message.type === 'user') return promptEvents(message, state, context);
  if (message.type !== 'gemini') return [];
  const { toolCalls } = message.raw;
  const calls = (Array.isArray(toolCalls) ? toolCalls : [])
    .map(objectOf)
    .filter((call) => call !== undefined);
  return [
    ...modelCall(message, state, context),
    ...calls.flatMap((call) => toolCall(message, call, state, context)),
  ];
}

function promptEvents(message: ChatMessage, state: ChatState, context: TranscriptContext): AgentEvent[] {
  const text = messageText(message);
  // What a sub-agent is asked is part of the run that asks.
  if (text === undefined || isSessionContext(text) || state.subagentId !== undefined) return [];
  const payload: PromptPayload = present({
    length: text.length,
    text: context.privacy.prompts ? shortText(text) : undefined,
  });
  return [
    chatEvent(state, context, {
      type: 'prompt',
      id: message.id,
      tsMs: message.tsMs,
      payload: { ...payload },
    }),
  ];
}

function modelCall(message: ChatMessage, state: ChatState, context: TranscriptContext): AgentEvent[] {
  const tokens = objectOf(message.raw.tokens);
  if (tokens === undefined) return [];
  const payload: ApiRequestPayload = present({
    message_id: message.id,
    provider: 'google',
    model: textOf(message.raw.model),
    ...disjointTokens({
      prompt: numberOf(tokens.input),
      cached: numberOf(tokens.cached),
      output: numberOf(tokens.output),
      thoughts: numberOf(tokens.thoughts),
      toolUse: numberOf(tokens.tool),
      total: numberOf(tokens.total),
    }),
    query_source: state.subagentId === undefined ? 'main' : 'subagent',
    subagent_id: state.subagentId,
  });
  return [
    chatEvent(state, context, {
      type: 'api.request',
      id: `${message.id}:api`,
      tsMs: message.tsMs,
      payload: { ...payload },
    }),
  ];
}

/** How a call ended, by Gemini CLI's word for it. Any other is not the last one. */
const ENDED: Readonly<Record<string, string>> = {
  success: 'success',
  error: 'failure',
  cancelled: 'cancelled',
};

const NOT_FOUND = /^(?:Tool ".*" not found|Invalid tool parameters)/;
const REFUSED = /denied by policy/;

function toolCall(
  message: ChatMessage,
  call: Readonly<Record<string, unknown>>,
  state: ChatState,
  context: TranscriptContext,
): AgentEvent[] {
  const id = textOf(call.id);
  const name = textOf(call.name);
  const ended = entryOf(ENDED, textOf(call.status) ?? '');
  if (id === undefined || name === undefined || ended === undefined) return [];
  const endMs = Date.parse(textOf(call.timestamp) ?? '');
  const tsMs = Number.isNaN(endMs) ? message.tsMs : endMs;
  const text = resultText(call);
  const exitCode = exitCodeIn(text);
  const { privacy } = context;
  const lines = objectOf(objectOf(call.resultDisplay)?.diffStat);
  const input = JSON.stringify(call.args ?? {});
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    tool_name: name,
    tool_use_id: id,
    fingerprint: callFingerprint(name, ended === 'success', text?.length),
    action: toolAction(name, name.startsWith('mcp_')),
    status: exitCode !== undefined && exitCode !== 0 ? 'failure' : plainStatus(ended, text),
    exit_code: exitCode,
    duration_ms: Math.max(0, tsMs - message.tsMs),
    input_size_bytes: Buffer.byteLength(input),
    output_size_bytes: text === undefined ? undefined : Buffer.byteLength(text),
    arguments: privacy.toolArguments ? shortText(input) : undefined,
    output: privacy.toolOutput && text !== undefined ? shortText(text) : undefined,
    file_operation: fileOperation(name),
    file_path: privacy.filePaths ? textOf(objectOf(call.args)?.file_path) : undefined,
    lines_added: numberOf(lines?.model_added_lines),
    lines_removed: numberOf(lines?.model_removed_lines),
    subagent_id: state.subagentId,
  });
  const told = { type: 'span.end', id: `${message.id}:tool:${id}`, tsMs, payload: { ...payload } };
  return [chatEvent(state, context, told)];
}

/** A transcript calls everything an error that did not do well; why, only the text says. */
function plainStatus(status: string, text: string | undefined): string {
  if (status !== 'failure' || text === undefined) return status;
  if (REFUSED.test(text)) return 'rejected';
  return NOT_FOUND.test(text) ? 'error' : status;
}

/** What the model was told of a call; undefined where that is no text. */
function resultText(call: Readonly<Record<string, unknown>>): string | undefined {
  const [first] = Array.isArray(call.result) ? call.result : [];
  const response = objectOf(objectOf(objectOf(first)?.functionResponse)?.response);
  return textOf(response?.output) ?? textOf(response?.error);
}

interface Told {
  readonly type: string;
  readonly id: string;
  readonly tsMs: number;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
}

function chatEvent(state: ChatState, context: TranscriptContext, told: Told): AgentEvent {
  return {
    id: `${GEMINI_CLI}:${state.sessionId}:${told.id}`,
    type: told.type,
    tsMs: told.tsMs,
    tsNanos: 0,
    source: { framework: GEMINI_CLI, host: context.host },
    correlation: present<Correlation>({ sessionId: state.sessionId }),
    attributes: whereOf(state, context),
    payload: told.payload,
    origin: context.origin,
  };
}

/** Where the session works: on every event, since any may be the first that arrives. */
function whereOf({ cwd }: ChatState, { privacy, repositoryOf }: TranscriptContext): JsonObject {
  return present({
    cwd: privacy.filePaths ? cwd : undefined,
    repository: cwd === undefined ? undefined : repositoryOf(cwd),
  });
}
