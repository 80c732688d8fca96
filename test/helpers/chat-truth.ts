/** What a chat completions API served, in the terms of `/v1/usage`. */
import type { AgentFigures } from './agent-figures.ts';
import { type ServedCall, sumTokens } from './served-call.ts';

/** List prices, nano-dollars per token. */
const NANO_USD: Readonly<Record<string, { input: number; cacheRead: number; output: number }>> = {
  'gpt-5.2': { input: 1750, cacheRead: 175, output: 14_000 },
  'gpt-5-mini': { input: 250, cacheRead: 25, output: 2000 },
};

/** Tokens, cost at list prices, and tool calls of what was served. */
export function servedFigures(calls: readonly ServedCall[]): Omit<AgentFigures, 'sessions' | 'runs'> {
  const tokens = sumTokens(calls);
  const nanoUsd = calls.reduce((sum, { model, tokens: { input, cacheRead, output } }) => {
    const price = NANO_USD[model];
    if (price === undefined) throw new Error(`No price for ${model}`);
    return sum + input * price.input + cacheRead * price.cacheRead + output * price.output;
  }, 0);
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_creation_tokens: 0,
    cost_micro_usd: Math.round(nanoUsd / 1000),
    tool_calls: calls.flatMap(({ toolNames }) => toolNames).length,
  };
}
