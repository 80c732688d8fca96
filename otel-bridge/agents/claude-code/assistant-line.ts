import type { AgentEvent } from '../../domain/event.ts';
import type { ApiRequestPayload } from '../../domain/payload.ts';
import { present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { messageUsage } from './message-usage.ts';
import { plainModel } from './plain-model.ts';
import { toolUse } from './tool-use.ts';
import { lineEvent, shortText } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { ClaudeState } from './transcript-state.ts';
import { type ClaudeStep, dropHeld, inTurn, releaseHeld, releaseUnfinished } from './transcript-step.ts';
import { runEnd } from './user-line.ts';

/** `message.model` of lines that no model wrote. */
const SYNTHETIC = '<synthetic>';
/** Reasons for a model to stop after which the agent goes on by itself. */
const GOES_ON = new Set(['tool_use', 'pause_turn']);

/**
 * An `assistant` line: one block of a message. Lines of one message repeat its id, its request id and its usage, which
 * older versions write while it still grows.
 */
export function assistantLine(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
): ClaudeStep {
  const toolUses = line.blocks.filter(({ type }) => type === 'tool_use');
  const { copiedFrom } = line;
  if (copiedFrom !== undefined && context.hasSession(copiedFrom)) {
    const copied = toolUses.flatMap(({ id }) => textOf(id) ?? []);
    return {
      events: [],
      state: { ...dropHeld(state, copiedFrom), copiedCalls: [...state.copiedCalls, ...copied] },
    };
  }
  const own = (before: ClaudeState): ClaudeStep =>
    copiedFrom === undefined ? releaseHeld(before) : { events: [], state: dropHeld(before, copiedFrom) };
  const tell = line.message.model === SYNTHETIC ? failedCall : modelCall;
  return inTurn(
    state,
    own,
    (before) => tell(line, before, context),
    ...toolUses.map((block) => (before: ClaudeState) => toolUse(line, block, before, context)),
  );
}

/** A message of the model: one model call, told once, and again when a later line knows more. */
function modelCall(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const id = textOf(line.message.id);
  const usage = messageUsage(line.message.usage);
  if (id === undefined || Object.keys(usage).length === 0) return { events: [], state };
  const stopReason = textOf(line.message.stop_reason);
  const told = [...Object.values(usage), stopReason === undefined].join();
  const earlier = state.message?.id === id ? { events: [], state } : releaseUnfinished(state);
  const after = markRunEnd(line, { ...earlier.state, message: { id, told } }, context, stopReason);
  if (state.message?.id === id && state.message.told === told)
    return { events: earlier.events, state: after };
  const model = plainModel(textOf(line.message.model));
  const requested = plainModel(textOf(line.raw.requestedModel));
  const payload: ApiRequestPayload = {
    ...callPayload(line, state, context),
    ...present({
      message_id: id,
      model,
      requested_model: requested === model ? undefined : requested,
    }),
    ...usage,
  };
  const { unfinished: _replaced, ...rest } = after;
  if (stopReason !== undefined) {
    return { events: [...earlier.events, callEvent(line, state, context, payload)], state: rest };
  }
  // Still being written, or broken off: what follows tells which. Without a request id its tokens are its identity,
  // and have to be final.
  const unfinished = callEvent(line, state, context, payload, 'api-whole');
  const growing = callEvent(line, state, context, { ...payload, complete: false });
  const events = payload.request_id === undefined ? earlier.events : [...earlier.events, growing];
  return { events, state: { ...rest, unfinished } };
}

/** A line that Claude Code wrote in place of an answer: a model call that failed for good. */
function failedCall(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const { raw } = line;
  // A stream that broke off after a tool call was counted by its own lines.
  if (raw.isApiErrorMessage !== true || raw.streamCutCause !== undefined) return { events: [], state };
  const message = line.blocks.flatMap(({ text }) => textOf(text) ?? [])[0];
  const payload: ApiRequestPayload = {
    ...callPayload(line, state, context),
    ...present({
      model: plainModel(state.request?.model),
      error_type: textOf(raw.apiErrorStatus) ?? textOf(raw.apiError) ?? textOf(raw.error) ?? 'error',
      error_message: message === undefined ? undefined : shortText(message),
    }),
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
  };
  const event = callEvent(line, state, context, payload);
  const failed =
    line.sidechain || state.runId === undefined ? undefined : runEnd(line, context, state.runId, 'error');
  return { events: [event], state: { ...state, ...(failed === undefined ? {} : { runEnd: failed }) } };
}

function callPayload(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
): ApiRequestPayload {
  const { raw } = line;
  const sentMs = state.request?.id === textOf(raw.requestRef) ? state.request?.sentMs : undefined;
  return present({
    request_id: textOf(raw.requestId),
    duration_ms:
      sentMs === undefined || line.tsMs === undefined ? undefined : Math.max(0, line.tsMs - sentMs),
    query_source: line.sidechain ? 'subagent' : 'main',
    subagent: line.sidechain
      ? (textOf(raw.attributionAgent) ?? textOf(context.companion?.agentType))
      : undefined,
    subagent_id: line.agentId,
    effort: textOf(raw.effort),
  });
}

function callEvent(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
  payload: ApiRequestPayload,
  part = 'api',
): AgentEvent {
  return lineEvent(line, context, {
    type: 'api.request',
    part,
    correlation: {
      runId: line.copiedFrom === undefined ? state.runId : undefined,
      parentSpanId: textOf(context.companion?.toolUseId),
    },
    payload: { ...payload },
  });
}

/** Remembers that the run seems to have ended, or that it goes on. */
function markRunEnd(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
  stopReason: string | undefined,
): ClaudeState {
  const { runEnd: _earlier, ...goesOn } = state;
  if (line.sidechain || line.copiedFrom !== undefined || state.runId === undefined) return state;
  if (stopReason === undefined || GOES_ON.has(stopReason)) return goesOn;
  return { ...goesOn, runEnd: runEnd(line, context, state.runId, 'success') };
}
