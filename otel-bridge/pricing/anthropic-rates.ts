import { CACHE_CREATION_1H_FACTOR, CACHE_CREATION_FACTOR, type Rates } from './rates.ts';

/**
 * Where @pydantic/genai-prices 0.1.8 differs from what Claude Code 2.1.329 charges, or does not know a model.
 * Source: cost_usd of its api_request records for chosen token counts (test/fixtures/claude-code/models).
 * Models that the library prices alike are not repeated here.
 */
const STANDARD: Readonly<Record<string, Rates>> = {
  // The library takes it for claude-sonnet-5, whose cache reads cost twice as much.
  'claude-sonnet-5-5': anthropic(2, 10, 0.1),
  // Claude Code knows no higher price above 200,000 tokens.
  'claude-sonnet-4-5': anthropic(3, 15, 0.3),
  'claude-haiku-5-5': {
    ...anthropic(0.1, 0.5, 0.01),
    longPrompt: { ...anthropic(0.5, 2.5, 0.05), abovePromptTokens: 100_000 },
  },
  'claude-fable-5-2': anthropic(8, 40, 0.2),
  'claude-mythos-5-2': anthropic(8, 40, 0.2),
  'claude-mythos-5-1': anthropic(10, 50, 0.25),
  'claude-mythos-5': anthropic(10, 50, 1),
};

/** Prices of fast mode (`speed: fast`), same source; the library has none for Anthropic itself. */
const FAST: Readonly<Record<string, Rates>> = {
  'claude-opus-5-5': anthropic(8, 40, 0.4),
  'claude-opus-5': anthropic(10, 50, 1),
  'claude-opus-4-8': anthropic(10, 50, 1),
  'claude-opus-4-7': anthropic(30, 150, 3),
  'claude-opus-4-6': anthropic(30, 150, 3),
  'claude-fable-5-2': anthropic(16, 80, 0.4),
  'claude-mythos-5-2': anthropic(16, 80, 0.4),
};

/** What computing in a chosen region costs, as a multiple; same source. */
export const GEO_FACTOR: Readonly<Record<string, number>> = { us: 1.1 };

/** Our own knowledge of an undated model name; null where the library is right or nothing is known. */
export function anthropicRates(model: string, fast: boolean): Rates | null {
  return (fast ? FAST[model] : undefined) ?? STANDARD[model] ?? null;
}

function anthropic(input: number, output: number, cacheRead: number): Rates {
  return {
    input,
    output,
    cacheRead,
    cacheCreation: input * CACHE_CREATION_FACTOR,
    cacheCreation1h: input * CACHE_CREATION_1H_FACTOR,
    webSearch: 0.01,
  };
}
