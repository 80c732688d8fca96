import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import { anthropicRates } from './anthropic-rates.ts';
import { normaliseModelName, undatedModelName } from './model-name.ts';
import { CACHE_CREATION_1H_FACTOR, type Rates } from './rates.ts';

/** Prices change by date, and with some providers by the time of day: what is known is kept per model and hour. */
const HOUR_MS = 3_600_000;
const MAX_KNOWN = 10_000;
const known = new Map<string, Rates | null>();

/**
 * The list price of a model at a time, from the bundled data and our corrections; null = unknown.
 * @param provider id of genai-prices (`anthropic`, `openai`, ...); left out, it follows from the name.
 */
export function listRates(model: string, tsMs: number, fast: boolean, provider?: string): Rates | null {
  const key = `${provider ?? ''}|${model}|${fast}|${Math.floor(tsMs / HOUR_MS)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_KNOWN) known.clear();
  const rates = findRates(model, tsMs, fast, provider);
  known.set(key, rates);
  return rates;
}

function findRates(model: string, tsMs: number, fast: boolean, provider?: string): Rates | null {
  const name = normaliseModelName(model);
  const corrected = anthropicRates(undatedModelName(name), fast);
  if (corrected !== null) return corrected;
  const providerId = provider ?? (name.startsWith('claude') ? 'anthropic' : undefined);
  const result = calcPrice({}, name, {
    timestamp: new Date(tsMs),
    ...(providerId === undefined ? {} : { providerId }),
  });
  return result === null ? null : toRates(result.model_price);
}

/** Reads the library's price of a model. What it leaves out costs as much as what it is a kind of. */
function toRates(price: ModelPrice): Rates | null {
  const base = (key: string): number | undefined => {
    const value = price[key];
    return typeof value === 'object' ? value.base : value;
  };
  const input = base('input_mtok');
  const output = base('output_mtok');
  if (input === undefined || output === undefined) return null;
  const cacheCreation = base('cache_write_mtok');
  const rates: Rates = {
    input,
    output,
    cacheRead: base('cache_read_mtok') ?? input,
    cacheCreation: cacheCreation ?? input,
    cacheCreation1h:
      base('cache_write_1h_mtok') ?? (cacheCreation === undefined ? input : input * CACHE_CREATION_1H_FACTOR),
    webSearch: (base('web_searches_kcount') ?? 0) / 1000,
  };
  const abovePromptTokens = firstTierStart(price);
  if (abovePromptTokens === null) return rates;
  const tier = (key: string, otherwise: number): number => {
    const value = price[key];
    return typeof value === 'object' ? (value.tiers[0]?.price ?? value.base) : otherwise;
  };
  return {
    ...rates,
    longPrompt: {
      abovePromptTokens,
      input: tier('input_mtok', rates.input),
      output: tier('output_mtok', rates.output),
      cacheRead: tier('cache_read_mtok', rates.cacheRead),
      cacheCreation: tier('cache_write_mtok', rates.cacheCreation),
      cacheCreation1h: tier('cache_write_1h_mtok', rates.cacheCreation1h),
    },
  };
}

/** No model in the data has more than one step; all prices of a model step at the same size. */
function firstTierStart(price: ModelPrice): number | null {
  for (const value of Object.values(price)) {
    if (typeof value === 'object' && value.tiers[0] !== undefined) return value.tiers[0].start;
  }
  return null;
}
