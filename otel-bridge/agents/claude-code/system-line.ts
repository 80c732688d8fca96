import type { AgentEvent } from '../../domain/event.ts';
import type { SessionEndPayload, SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { compactionId } from './compaction-id.ts';
import { plainModel } from './plain-model.ts';
import { lineEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { ClaudeState } from './transcript-state.ts';
import { type ClaudeStep, hold, inTurn } from './transcript-step.ts';
import { resumed, runEnd } from './user-line.ts';

/** A `system` line: the end of a turn, a compaction, a call that is tried again. */
export function systemLine(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  switch (line.subtype) {
    case 'turn_duration':
      return turnDuration(line, state, context);
    case 'compact_boundary':
      return inTurn(
        state,
        (before) => resumed(line, before, context),
        (before) => hold(before, compaction(line, before, context)),
      );
    case 'api_error':
      return hold(state, retry(line, state, context));
    default:
      return { events: [], state };
  }
}

/** Ends the run that the model's last answer seemed to end, and knows how long it took. */
function turnDuration(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const { runEnd: expected, ...rest } = state;
  const runId = expected?.correlation.runId;
  if (expected === undefined || runId === undefined) return { events: [], state };
  const status = textOf(expected.payload.status) ?? 'success';
  return {
    events: [runEnd(line, context, runId, status, numberOf(line.raw.durationMs))],
    state: rest,
  };
}

function compaction(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): AgentEvent {
  const told = objectOf(line.raw.compactMetadata) ?? {};
  const trigger = textOf(told.trigger);
  const postTokens = numberOf(told.postTokens);
  const payload: SpanPayload = present({
    kind: 'compaction' as const,
    status: 'success',
    trigger,
    duration_ms: numberOf(told.durationMs),
    pre_tokens: numberOf(told.preTokens),
    post_tokens: postTokens,
  });
  return lineEvent(line, context, {
    type: 'span.end',
    part: 'compaction',
    correlation: { runId: state.runId, spanId: compactionId(trigger, postTokens) ?? line.uuid },
    payload: { ...payload },
  });
}

/** A call that failed and is tried again: nothing that is counted, but a line in the timeline. */
function retry(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): AgentEvent {
  const { raw } = line;
  const error = objectOf(raw.error);
  return lineEvent(line, context, {
    type: 'agent.api_retry',
    part: 'retry',
    correlation: { runId: state.runId },
    payload: present({
      request_id: textOf(error?.requestId),
      error_type: textOf(error?.status),
      error_message: textOf(error?.formatted),
      attempt: numberOf(raw.retryAttempt),
      max_retries: numberOf(raw.maxRetries),
      retry_in_ms: numberOf(raw.retryInMs),
    }),
  });
}

/**
 * The `cost-state` line that Claude Code leaves when it ends: what it thinks the session cost so far, calls included
 * that no line tells of (titles, compaction) and, in a fork, those of the session that it was forked from.
 * @param digest tells one such line from the next; they have no id.
 */
export function costState(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
  digest: string,
): AgentEvent {
  const models = Object.entries(objectOf(line.raw.modelUsage) ?? {}).map(([model, value]) => {
    const usage = objectOf(value) ?? {};
    return [
      plainModel(model) ?? model,
      present({
        input_tokens: numberOf(usage.inputTokens),
        output_tokens: numberOf(usage.outputTokens),
        cache_read_tokens: numberOf(usage.cacheReadInputTokens),
        cache_creation_tokens: numberOf(usage.cacheCreationInputTokens),
        cache_creation_1h_tokens: numberOf(usage.cacheCreationEphemeral1hInputTokens),
        web_search_requests: numberOf(usage.webSearchRequests),
        cost_usd: numberOf(usage.costUSD),
      }),
    ] as const;
  });
  const payload: SessionEndPayload = present({
    reason: 'exit',
    total_cost_usd: numberOf(line.raw.totalCostUSD),
    models: Object.fromEntries(models),
    forked_from: state.forkedFrom,
    since_ms: state.partStartMs,
    lines_added: numberOf(line.raw.totalLinesAdded),
    lines_removed: numberOf(line.raw.totalLinesRemoved),
  });
  return lineEvent(line, context, {
    type: 'session.end',
    part: `end:${digest}`,
    payload: { ...payload },
    tsMs: state.lastMs,
  });
}
