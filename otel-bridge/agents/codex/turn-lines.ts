import type { JsonObject } from '../../domain/event.ts';
import type { ApiRequestPayload, ModeChangePayload, PromptPayload } from '../../domain/payload.ts';
import { promptRunId } from '../../domain/prompt-run.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { modeName } from './mode-name.ts';
import { type CodexStep, shortText, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

/** A turn begins. Its run begins with its prompt: a turn without one (compaction by hand) is none. */
export function turnStarted({ payload, tsMs }: TranscriptLine, state: CodexState): CodexStep {
  const { runId: _ended, steered: _steered, failedTurn: _failed, ...rest } = state;
  const turn = present({
    turnId: textOf(payload.turn_id),
    windowTokens: numberOf(payload.model_context_window),
  });
  return { events: [], state: { ...rest, ...turn, askedMs: tsMs } };
}

/** How the next model calls are made: a change of what they may do is told. */
export function turnContext(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const { payload } = line;
  const settings = objectOf(objectOf(payload.collaboration_mode)?.settings);
  const mode = modeOf(payload);
  const { effort: _before, ...rest } = state;
  const after: CodexState = {
    ...rest,
    ...present({
      model: textOf(payload.model) ?? state.model,
      effort: textOf(settings?.reasoning_effort) ?? textOf(payload.effort),
      mode: mode ?? state.mode,
    }),
  };
  if (mode === undefined || state.mode === undefined || mode === state.mode)
    return { events: [], state: after };
  const change: ModeChangePayload = { from_mode: state.mode, to_mode: mode };
  const event = threadEvent(after, context, {
    type: 'mode.change',
    part: `mode:${textOf(payload.turn_id) ?? line.tsMs}:${mode}`,
    tsMs: line.tsMs,
    payload: change,
  });
  return { events: [event], state: after };
}

/** What the agent may do: approval policy and sandbox, `on-request/workspace-write`, and `plan` where it only plans. */
function modeOf(payload: TranscriptLine['payload']): string | undefined {
  const sandbox = objectOf(payload.sandbox_policy);
  const approval = textOf(payload.approval_policy);
  const mode = modeName(approval, textOf(sandbox?.type) ?? textOf(sandbox?.mode));
  if (mode === undefined) return undefined;
  const collaboration = textOf(objectOf(payload.collaboration_mode)?.mode);
  return collaboration === 'plan' ? `${mode} plan` : mode;
}

/**
 * A prompt begins a run. Telemetry knows no id of it: the n-th prompt of its length is the same in both.
 * @param lineKind which kind of line tells it; a file that has two kinds is read by the one that came first
 */
export function prompt(
  line: TranscriptLine,
  lineKind: string,
  text: string,
  id: string | undefined,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  if (state.promptLine !== undefined && state.promptLine !== lineKind) return { events: [], state };
  // As Codex counts: characters, not UTF-16 units.
  const length = [...text].length;
  const ordinal = state.prompts[length] ?? 0;
  const after: CodexState = {
    ...state,
    promptLine: lineKind,
    runId: promptRunId(length, ordinal),
    steered: state.runId !== undefined,
    prompts: { ...state.prompts, [length]: ordinal + 1 },
    askedMs: line.tsMs,
  };
  const payload: PromptPayload = present({
    prompt_source: state.promptSource,
    length,
    text: context.privacy.prompts ? shortText(text) : undefined,
  });
  const event = threadEvent(after, context, {
    type: 'prompt',
    part: `prompt:${id ?? `${length}:${ordinal}`}`,
    tsMs: line.tsMs,
    payload: { ...payload, ...present({ turn_id: state.turnId, permission_mode: state.mode }) },
  });
  return { events: [event], state: after };
}

/** A turn ended, with an answer or an error. */
export function turnCompleted(
  line: TranscriptLine,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const error = objectOf(line.payload.error);
  const failed = error === undefined ? { events: [], state } : turnFailed(line, error, state, context);
  return endRun(line, failed, context, error === undefined ? 'success' : 'error');
}

/** A turn was broken off: by the user, or because another one took its place. */
export function turnAborted(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  return endRun(line, { events: [], state }, context, 'cancelled');
}

function endRun(
  line: TranscriptLine,
  before: CodexStep,
  context: TranscriptContext,
  status: 'success' | 'error' | 'cancelled',
): CodexStep {
  const { runId, steered, turnId, ...rest } = before.state;
  if (runId === undefined) return { events: before.events, state: rest };
  const { payload } = line;
  const event = threadEvent(before.state, context, {
    type: 'run.end',
    part: `run-end:${runId}`,
    tsMs: line.tsMs,
    payload: present({
      status,
      ...(steered === true ? {} : turnFigures(payload)),
      reason: textOf(payload.reason),
      turn_id: turnId,
    }),
  });
  return { events: [...before.events, event], state: rest };
}

function turnFigures(payload: TranscriptLine['payload']): JsonObject {
  return {
    duration_ms: numberOf(payload.duration_ms),
    ttft_ms: numberOf(payload.time_to_first_token_ms),
  };
}

/** Failures of a turn that are no failure of a model call. */
const NOT_A_CALL = new Set(['sandbox_error', 'thread_rollback_failed', 'active_turn_not_steerable']);

/** A model call that failed for good ends its turn. Its tokens are not known to anyone. */
export function turnFailed(
  line: TranscriptLine,
  error: Readonly<Record<string, unknown>>,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const turn = state.turnId ?? String(line.tsMs);
  const info = error.codex_error_info;
  const kind = typeof info === 'string' ? info : Object.keys(objectOf(info) ?? {})[0];
  if (state.failedTurn === turn || NOT_A_CALL.has(kind ?? '')) return { events: [], state };
  const status = textOf(objectOf(objectOf(info)?.[kind ?? ''])?.http_status_code);
  const message = textOf(error.message);
  const payload: ApiRequestPayload = {
    ...present({
      model: state.model,
      provider: state.provider,
      error_type: status ?? kind ?? 'error',
      error_message: message === undefined ? undefined : shortText(message),
      query_source: state.subagent === undefined ? 'main' : 'subagent',
      subagent: state.subagent?.type,
      subagent_id: state.subagent?.id,
    }),
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
  };
  const event = threadEvent(state, context, {
    type: 'api.request',
    part: `failed:${turn}`,
    tsMs: line.tsMs,
    payload: { ...payload },
  });
  return { events: [event], state: { ...state, failedTurn: turn } };
}
