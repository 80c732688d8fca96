import { CODEX_MODEL, CODEX_SCRIPT_MODEL } from './codex.ts';
import type { CodexCall } from './responses-api.ts';
import { sumTokens } from './served-call.ts';

/** List prices, nano-dollars per token. */
const NANO_USD: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [CODEX_MODEL]: { input: 1250, cacheCreation: 1250, cacheRead: 125, output: 10_000 },
  [CODEX_SCRIPT_MODEL]: { input: 2000, cacheCreation: 2500, cacheRead: 200, output: 10_000 },
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
  return calls.reduce(
    (total, { model, tokens }) =>
      Object.entries(NANO_USD[model] ?? {}).reduce(
        (sum, [type, rate]) => sum + rate * tokens[type as keyof typeof tokens],
        total,
      ),
    0,
  );
}

/** How often tools were called, by the model and by the scripts that it wrote. */
export function toolCallsOf(calls: readonly CodexCall[]): number {
  return calls.flatMap(({ toolCallIds, nestedNames }) => [...toolCallIds, ...nestedNames]).length;
}

/** How many prompts were answered. */
export function runsOf(calls: readonly CodexCall[]): number {
  return new Set(calls.filter(({ prompted }) => prompted).map(({ turnId }) => turnId)).size;
}

/** Sums of what the API served; every prompted turn is a run, every thread a session. */
export function codexTruth(calls: readonly CodexCall[]): CodexTruth {
  const tokens = sumTokens(calls);
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_creation_tokens: tokens.cacheCreation,
    cost_micro_usd: Math.round(listPriceNanoUsd(calls) / 1000),
    tool_calls: toolCallsOf(calls),
    sessions: new Set(calls.map(({ threadId }) => threadId)).size,
    runs: runsOf(calls),
  };
}
