import { firstOf, numberOf, objectOf } from '../domain/values.ts';

/** Tokens and cost that an event tells, disjoint as in domain/payload.ts. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  /** Nano-dollars, as the sender says; null = it does not say. */
  readonly costNanoUsd: number | null;
}

/** No tokens at all. */
export const NO_TOKENS = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
} as const;

const KEYS = {
  input: ['input_tokens', 'prompt_tokens', 'input'],
  output: ['output_tokens', 'completion_tokens', 'output'],
  cacheRead: [
    'cache_read_tokens',
    'cache_read_input_tokens',
    'cached_tokens',
    'cached_input_tokens',
    'cacheRead',
  ],
  cacheCreation: [
    'cache_creation_tokens',
    'cache_creation_input_tokens',
    'cache_write_tokens',
    'cache_write_input_tokens',
    'cacheWrite',
  ],
  cost: ['cost_usd', 'total_cost_usd', 'total_cost', 'cost'],
} as const;

/** Senders whose `input_tokens` holds what was read from the cache as well (shared by their provider's convention). */
const INPUT_INCLUDES_CACHE = new Set(['codex']);

/**
 * Reads usage from an agentmon payload: in `usage` or at its top, under any of the senders' names.
 * @returns null where the payload tells no tokens and no cost.
 */
export function usageOf(framework: string, payload: Readonly<Record<string, unknown>>): Usage | null {
  const nested = objectOf(payload.usage);
  const read = (keys: readonly string[]): number | undefined => firstOf(numberOf, keys, nested, payload);
  const input = read(KEYS.input);
  const output = read(KEYS.output);
  const cacheRead = read(KEYS.cacheRead);
  const cacheCreation = read(KEYS.cacheCreation);
  const costUsd = read(KEYS.cost);
  if ([input, output, cacheRead, cacheCreation, costUsd].every((value) => value === undefined)) return null;
  const cached = (cacheRead ?? 0) + (cacheCreation ?? 0);
  const inputTokens = INPUT_INCLUDES_CACHE.has(framework) ? (input ?? 0) - cached : (input ?? 0);
  return {
    inputTokens: count(inputTokens),
    outputTokens: count(output ?? 0),
    cacheReadTokens: count(cacheRead ?? 0),
    cacheCreationTokens: count(cacheCreation ?? 0),
    costNanoUsd: costUsd === undefined ? null : nanoUsd(costUsd),
  };
}

/** Dollars as integer nano-dollars, never negative. */
export function nanoUsd(usd: number): number {
  return Math.max(0, Math.round(usd * 1e9));
}

function count(value: number): number {
  return Math.max(0, Math.round(value));
}
