import type { UsageTotals } from '../../domain/read-model.ts';
import { microUsd, microUsdOrNull } from './money.ts';

/** Sums as the API gives them: money in micro-dollars, null where it is not known. */
export function usageJson(totals: UsageTotals) {
  return {
    sessions: totals.sessions,
    runs: totals.runs,
    tool_calls: totals.toolCalls,
    errors: totals.errors,
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cache_read_tokens: totals.cacheReadTokens,
    cache_creation_tokens: totals.cacheCreationTokens,
    cost_micro_usd: microUsdOrNull(totals.costNanoUsd),
    cost_computed_micro_usd: microUsd(totals.costComputedNanoUsd),
    unpriced_requests: totals.unpricedRequests,
  };
}
