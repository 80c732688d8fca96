/** Price of one model, USD per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Kept for five minutes. */
  readonly cacheCreation: number;
  /** Kept for one hour. */
  readonly cacheCreation1h: number;
  /** USD per search. */
  readonly webSearch: number;
  /** Rates for the whole call once its prompt (input and caches) has more tokens than `abovePromptTokens`. */
  readonly longPrompt?: Omit<Rates, 'longPrompt' | 'webSearch'> & { readonly abovePromptTokens: number };
}

/** Multiples of the input price that Anthropic charges for writing to its cache, for five minutes and for one hour. */
export const CACHE_CREATION_FACTOR = 1.25;
export const CACHE_CREATION_1H_FACTOR = 2;
