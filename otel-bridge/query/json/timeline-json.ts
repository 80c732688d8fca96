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
    run_id: fact?.runId ?? null,
    span_id: fact === null ? null : spanIdOf(fact),
    parent_span_id: fact?.parentSpanId ?? null,
    duration_ms: fact?.durationMs ?? null,
    outcome: fact?.outcome ?? 'unknown',
    tokens,
    cost_micro_usd: microUsdOrNull(costNanoUsd),
  };
}
