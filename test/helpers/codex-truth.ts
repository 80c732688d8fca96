import { CODEX_MODEL } from './codex.ts';
import type { CodexCall } from './responses-api.ts';
import { sumTokens } from './served-call.ts';

/** List prices of `CODEX_MODEL`, nano-dollars per token. */
const NANO_USD: Readonly<Record<typeof CODEX_MODEL, Readonly<Record<string, number>>>> = {
  'gpt-5.1-codex': { input: 1250, cacheCreation: 1250, cacheRead: 125, output: 10_000 },
};

/** Figures of `usage`, as the log of a Responses API has them. */
export interface CodexTruth {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number;
  readonly tool_calls: number;
  readonly sessions: number;
  readonly runs: number;
}

/** What calls cost by list price, nano-dollars. */
export function listPriceNanoUsd(calls: readonly CodexCall[]): number {
  const tokens = sumTokens(calls);
  return Object.entries(NANO_USD[CODEX_MODEL]).reduce(
    (sum, [type, rate]) => sum + rate * tokens[type as keyof typeof tokens],
    0,
  );
}

/** Sums of what the API served; every turn is a run, every thread a session. */
export function codexTruth(calls: readonly CodexCall[]): CodexTruth {
  const tokens = sumTokens(calls);
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_creation_tokens: tokens.cacheCreation,
    cost_micro_usd: Math.round(listPriceNanoUsd(calls) / 1000),
    tool_calls: calls.flatMap(({ toolCallIds }) => toolCallIds).length,
    sessions: new Set(calls.map(({ threadId }) => threadId)).size,
    runs: new Set(calls.map(({ turnId }) => turnId)).size,
  };
}
