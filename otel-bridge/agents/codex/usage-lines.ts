import type { AgentEvent } from '../../domain/event.ts';
import type { ApiRequestPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { rateLimits } from './rate-limits.ts';
import { tokenCounts } from './token-counts.ts';
import { type CodexStep, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

/** A `token_usage_record`: one model call, by the id of its response. */
export function usageRecord(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const { payload } = line;
  const id = textOf(payload.response_id);
  const after = { ...state, hasUsageRecords: true };
  // A thread that another one was forked from tells of its calls itself.
  const thread = textOf(payload.thread_id);
  if (id === undefined || (thread !== undefined && thread !== state.sessionId))
    return { events: [], state: after };
  return modelCall(line, payload.usage, id, after, context);
}

/**
 * A `token_count`: sums so far, the newest call, the limits. Before there were usage records it is all that tells of
 * calls; it is repeated where nothing was called.
 */
export function tokenCount(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const info = objectOf(line.payload.info);
  const windowTokens = numberOf(info?.model_context_window) ?? state.windowTokens;
  const totalTokens = numberOf(objectOf(info?.total_token_usage)?.total_tokens);
  const before: CodexState = { ...state, ...present({ windowTokens }) };
  const limits = rateLimits(line, before, context);
  if (state.hasUsageRecords === true || totalTokens === undefined || totalTokens === state.totalTokens)
    return limits;
  const after = { ...limits.state, totalTokens };
  const call = modelCall(line, info?.last_token_usage, `total-${totalTokens}`, after, context);
  return { events: [...limits.events, ...call.events], state: call.state };
}

function modelCall(
  line: TranscriptLine,
  value: unknown,
  id: string,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const usage = objectOf(value) ?? {};
  const input = numberOf(usage.input_tokens);
  const counts = tokenCounts({
    input,
    cached: numberOf(usage.cached_input_tokens),
    cacheWrite: numberOf(usage.cache_write_input_tokens),
    output: numberOf(usage.output_tokens),
    reasoning: numberOf(usage.reasoning_output_tokens),
  });
  if (counts === undefined) return { events: [], state };
  const { askedMs, compacting, ...rest } = state;
  const payload: ApiRequestPayload = {
    ...present({
      message_id: id,
      model: state.model,
      provider: state.provider,
      effort: state.effort,
      context_window_tokens: state.windowTokens,
      duration_ms: askedMs === undefined ? undefined : Math.max(0, line.tsMs - askedMs),
      ...callSource(state),
    }),
    ...counts,
  };
  return {
    events: [callEvent(line, id, payload, state, context)],
    state: { ...rest, ...present({ contextTokens: input }) },
  };
}

function callSource(state: CodexState): Partial<ApiRequestPayload> {
  if (state.compacting === true) return { query_source: 'auxiliary', purpose: 'compact' };
  const { subagent } = state;
  return subagent === undefined
    ? { query_source: 'main' }
    : { query_source: 'subagent', subagent: subagent.type, subagent_id: subagent.id };
}

function callEvent(
  { tsMs }: TranscriptLine,
  id: string,
  payload: ApiRequestPayload,
  state: CodexState,
  context: TranscriptContext,
): AgentEvent {
  return threadEvent(state, context, {
    type: 'api.request',
    part: `call:${id}`,
    tsMs,
    payload: { ...payload },
  });
}
