import type { SpanPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { type CodexStep, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

/** `compacted`: the history was replaced by a summary. */
export function compacted(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  // The next call is made at once.
  const after = { ...state, compactions: state.compactions + 1, askedMs: line.tsMs };
  return { events: [span(line, after, context, 'compaction', {})], state: after };
}

/** The item of a compaction is done; it comes after `compacted` and knows how long it took. */
export function compactionItem(
  line: TranscriptLine,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const startedMs = numberOf(line.payload.started_at_ms);
  const completedMs = numberOf(line.payload.completed_at_ms);
  if (startedMs === undefined || completedMs === undefined) return { events: [], state };
  const took = { duration_ms: Math.max(0, completedMs - startedMs) };
  return { events: [span(line, state, context, 'compaction-took', took)], state };
}

/** A sum after a compaction counts no call: it says how large the context is now. */
export function compactedSize(
  line: TranscriptLine,
  state: CodexState,
  context: TranscriptContext,
): CodexStep {
  const last = objectOf(objectOf(line.payload.info)?.last_token_usage);
  const total = numberOf(last?.total_tokens);
  const isEstimate = numberOf(last?.input_tokens) === 0 && numberOf(last?.output_tokens) === 0;
  if (!isEstimate || total === undefined || state.compactions === 0) return { events: [], state };
  return { events: [span(line, state, context, 'compaction-size', { post_tokens: total })], state };
}

function span(
  line: TranscriptLine,
  state: CodexState,
  context: TranscriptContext,
  part: string,
  more: SpanPayload,
): CodexStep['events'][number] {
  const payload: SpanPayload = {
    kind: 'compaction',
    status: 'success',
    trigger: state.runId === undefined ? 'manual' : 'auto',
    ...present({ pre_tokens: state.contextTokens }),
    ...more,
  };
  return threadEvent(state, context, {
    type: 'span.end',
    part: `${part}:${state.compactions}`,
    tsMs: line.tsMs,
    correlation: { spanId: `compaction-${state.compactions}` },
    payload: { ...payload },
  });
}
