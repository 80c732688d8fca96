import type { TimelineEntry } from '../timeline.ts';
import { microUsdOrNull } from './money.ts';
import { spanIdOf } from './span-json.ts';
import { isoTime } from './time.ts';

/** One line of a timeline as the API gives it. */
export function timelineJson({ tsMs, kind, title, fact, tokens, costNanoUsd }: TimelineEntry) {
  return {
    ts: isoTime(tsMs),
    kind,
    title,
    run_id: fact.runId,
    span_id: spanIdOf(fact),
    parent_span_id: fact.parentSpanId,
    duration_ms: fact.durationMs,
    outcome: fact.outcome,
    tokens,
    cost_micro_usd: microUsdOrNull(costNanoUsd),
  };
}
