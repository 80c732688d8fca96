import * as z from 'zod';

const count = z.number().int().nonnegative();
const share = z.number().int().nonnegative().nullable().default(null);

/** Sums over sessions, keys as in `usage --json`. Money is integer micro-dollars; null where no price is known. */
export const usageTotalsSchema = z.object({
  sessions: count,
  runs: count,
  tool_calls: count,
  errors: count,
  /** What people asked for and what came of it; 0 where the bridge is older than that. */
  tasks: count.default(0),
  tasks_failed: count.default(0),
  lines_added: count.default(0),
  lines_removed: count.default(0),
  commits: count.default(0),
  pull_requests: count.default(0),
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  cost_micro_usd: z.number().int().nullable(),
  /** What one task, commit or hundred changed lines cost; null where there was none. */
  cost_per_task_micro_usd: share,
  cost_per_commit_micro_usd: share,
  cost_per_100_lines_micro_usd: share,
  tokens_per_task: share,
  tokens_per_commit: share,
  tokens_per_100_lines: share,
});
export type UsageTotals = z.infer<typeof usageTotalsSchema>;

/** What `GET /v1/usage` says about the whole beyond the sums. */
const usageCaveatsSchema = z.object({
  /** Requests whose model has no known price; their cost is missing. */
  unpriced_requests: count.default(0),
});

/**
 * Answer of `GET /v1/usage`: one row per combination of the dimensions asked for, and the sum. A key is null where the
 * dimension does not apply: a tool call has no model.
 */
export const usageSchema = z.object({
  rows: z.array(usageTotalsSchema.extend({ key: z.record(z.string(), z.string().nullable()) })),
  total: usageTotalsSchema.extend(usageCaveatsSchema.shape),
  /** Agents that are paid for at a flat rate: their cost is what the API would charge. */
  flat_rate: z.array(z.string()).default([]),
});
export type Usage = z.infer<typeof usageSchema>;

/** Answer of `GET /v1/prices`: models without a known price, most used first. */
export const pricesSchema = z.object({ unpriced: z.array(z.object({ model: z.string().nullable() })) });
