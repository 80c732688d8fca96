import type { UsageTotals } from '../../domain/read-model.ts';
import { microUsd, microUsdOrNull } from './money.ts';

/** Sums as the API gives them: money in micro-dollars, null where it is not known. */
export function usageJson(totals: UsageTotals) {
  return {
    sessions: totals.sessions,
    runs: totals.runs,
    tool_calls: totals.toolCalls,
    errors: totals.errors,
    tasks: totals.tasks,
    tasks_failed: totals.tasksFailed,
    lines_added: totals.linesAdded,
    lines_removed: totals.linesRemoved,
    commits: totals.commits,
    pull_requests: totals.pullRequests,
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cache_read_tokens: totals.cacheReadTokens,
    cache_creation_tokens: totals.cacheCreationTokens,
    cost_micro_usd: microUsdOrNull(totals.costNanoUsd),
    cost_computed_micro_usd: microUsd(totals.costComputedNanoUsd),
    unpriced_requests: totals.unpricedRequests,
  };
}

/** Lines that a change must have to be worth naming what it cost. */
const LINES = 100;

/** What a task and a change that means something cost; null where there was none, or no price is known. */
export function sharesJson(totals: UsageTotals) {
  const tokens =
    totals.inputTokens + totals.outputTokens + totals.cacheReadTokens + totals.cacheCreationTokens;
  const hundreds = (totals.linesAdded + totals.linesRemoved) / LINES;
  const cost = (parts: number): number | null =>
    parts === 0 || totals.costNanoUsd === null ? null : microUsd(totals.costNanoUsd / parts);
  const share = (parts: number): number | null => (parts === 0 ? null : Math.round(tokens / parts));
  return {
    cost_per_task_micro_usd: cost(totals.tasks),
    cost_per_commit_micro_usd: cost(totals.commits),
    cost_per_100_lines_micro_usd: cost(hundreds),
    tokens_per_task: share(totals.tasks),
    tokens_per_commit: share(totals.commits),
    tokens_per_100_lines: share(hundreds),
  };
}
