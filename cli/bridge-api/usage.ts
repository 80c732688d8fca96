import { z } from 'zod';

const count = z.number().int().nonnegative();

/** Sums over sessions, keys as in `usage --json`. Money is integer micro-dollars; null where no price is known. */
export const usageTotalsSchema = z.object({
  sessions: count,
  runs: count,
  tool_calls: count,
  errors: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  cost_micro_usd: z.number().int().nullable(),
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
});
export type Usage = z.infer<typeof usageSchema>;

/** Answer of `GET /v1/prices`: models without a known price, most used first. */
export const pricesSchema = z.object({ unpriced: z.array(z.object({ model: z.string().nullable() })) });
