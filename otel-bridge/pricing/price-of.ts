import type { UsagePayload } from '../domain/payload.ts';
import { GEO_FACTOR } from './anthropic-rates.ts';
import { listRates } from './list-rates.ts';
import { normaliseModelName, undatedModelName } from './model-name.ts';
import { CACHE_CREATION_1H_FACTOR, CACHE_CREATION_FACTOR, type Rates } from './rates.ts';

/** Prices of the settings by model name, USD per million tokens. Null follows the list price's ratio to the input. */
export type PriceOverrides = Readonly<
  Record<
    string,
    {
      readonly input: number;
      readonly output: number;
      readonly cache_read: number | null;
      readonly cache_creation: number | null;
    }
  >
>;

/** A call of a model that is to be priced. */
export interface PricedCall {
  /** As the agent writes it; regions, dates and context sizes in the name are understood. */
  readonly model: string;
  /** Provider id of genai-prices; left out, it follows from the name. */
  readonly provider?: string | undefined;
  /** When it was made, unix ms: prices change. */
  readonly tsMs: number;
  readonly usage: UsagePayload;
  /** `fast` where the provider's fast mode answered. */
  readonly speed?: string | undefined;
  /** `us` where the provider was told to compute there. */
  readonly inferenceGeo?: string | undefined;
}

const NO_OVERRIDES: PriceOverrides = {};

/**
 * What a call costs by list price or by the settings, in integer nano-dollars. Pure; needs no network.
 * @returns null where the model's price is not known.
 */
export function priceOf(
  call: PricedCall,
  overrides: PriceOverrides = NO_OVERRIDES,
): { costNanoUsd: number } | null {
  const rates = ratesOf(call, overrides);
  if (rates === null) return null;
  const { usage } = call;
  const input = usage.input_tokens ?? 0;
  const output = usage.output_tokens ?? 0;
  const cacheRead = usage.cache_read_tokens ?? 0;
  const cacheCreation = usage.cache_creation_tokens ?? 0;
  const cacheCreation1h = Math.min(usage.cache_creation_1h_tokens ?? 0, cacheCreation);
  const { longPrompt } = rates;
  const long = longPrompt !== undefined && input + cacheRead + cacheCreation > longPrompt.abovePromptTokens;
  const at = long ? longPrompt : rates;
  const tokensMicroUsd =
    input * at.input +
    output * at.output +
    cacheRead * at.cacheRead +
    cacheCreation1h * at.cacheCreation1h +
    (cacheCreation - cacheCreation1h) * at.cacheCreation;
  const geoFactor = GEO_FACTOR[call.inferenceGeo ?? ''] ?? 1;
  const searchesMicroUsd = (usage.web_search_requests ?? 0) * rates.webSearch * 1e6;
  return { costNanoUsd: Math.round((tokensMicroUsd * geoFactor + searchesMicroUsd) * 1000) };
}

/** `priceOf` with fixed settings, as projections take it: nano-dollars, or null where the price is not known. */
export function createPriceOf(overrides: PriceOverrides): (call: PricedCall) => number | null {
  return (call) => priceOf(call, overrides)?.costNanoUsd ?? null;
}

function ratesOf(call: PricedCall, overrides: PriceOverrides): Rates | null {
  const list = listRates(call.model, call.tsMs, call.speed === 'fast', call.provider);
  const name = normaliseModelName(call.model);
  const override = overrides[call.model] ?? overrides[name] ?? overrides[undatedModelName(name)];
  if (override === undefined) return list;
  const { input, output } = override;
  const ratio = (rate: number, otherwise: number): number =>
    list === null || list.input === 0 ? otherwise : rate / list.input;
  const cacheCreation =
    override.cache_creation ?? input * ratio(list?.cacheCreation ?? 0, CACHE_CREATION_FACTOR);
  const oneHourRatio =
    list === null || list.cacheCreation === 0
      ? CACHE_CREATION_1H_FACTOR / CACHE_CREATION_FACTOR
      : list.cacheCreation1h / list.cacheCreation;
  return {
    input,
    output,
    cacheRead: override.cache_read ?? input * ratio(list?.cacheRead ?? 0, 1),
    cacheCreation,
    cacheCreation1h: cacheCreation * oneHourRatio,
    webSearch: list?.webSearch ?? 0,
  };
}
