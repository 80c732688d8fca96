import type { KnownFact } from '../../domain/read-model.ts';
import { isRequest } from '../fact-usage.ts';
import { microUsdOrNull } from './money.ts';
import { isoTimeOrNull } from './time.ts';

/** One thing of a run with all that is known of it. Tokens are null where it carries none. */
export function spanJson(fact: KnownFact) {
  const tokens = (count: number): number | null => (isRequest(fact) ? count : null);
  return {
    span_id: spanIdOf(fact),
    parent_span_id: fact.parentSpanId,
    run_id: fact.runId,
    session_id: fact.sessionId,
    trace_id: fact.traceId,
    kind: fact.kind,
    name: fact.name,
    started_at: isoTimeOrNull(fact.startMs),
    ended_at: isoTimeOrNull(fact.endMs),
    duration_ms: fact.durationMs,
    outcome: fact.outcome,
    input_tokens: tokens(fact.inputTokens),
    output_tokens: tokens(fact.outputTokens),
    cache_read_tokens: tokens(fact.cacheReadTokens),
    cache_creation_tokens: tokens(fact.cacheCreationTokens),
    cost_micro_usd: microUsdOrNull(fact.costNanoUsd),
    cost_source: fact.costSource,
    superseded: fact.superseded,
    payload: fact.data,
  };
}

/** The id that the sender knows a span by; null for what is no span. */
export function spanIdOf({ data }: KnownFact): string | null {
  return typeof data.span_id === 'string' ? data.span_id : null;
}
