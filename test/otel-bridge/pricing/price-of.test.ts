import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseModelName } from '../../../otel-bridge/pricing/model-name.ts';
import { createPriceOf, type PricedCall, priceOf } from '../../../otel-bridge/pricing/price-of.ts';

interface ListedPrice {
  input: number;
  output: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
}

/** What Claude Code was seen to charge, USD per million tokens. */
const CLAUDE_CODE_PRICES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/claude-code/prices.json'), 'utf8'),
) as { models: Record<string, ListedPrice & { fast?: ListedPrice }> };

const TS_MS = Date.parse('2026-11-21T12:00:00Z');
const MILLION = 1_000_000;

/** USD for one million tokens of each kind, priced apart so that no long-prompt price applies. */
function perMillion(model: string, call: Partial<PricedCall> = {}) {
  const usd = (usage: PricedCall['usage']) => {
    const small = Object.fromEntries(
      Object.entries(usage).map(([key, tokens]) => [key, (tokens ?? 0) / 1000]),
    );
    const price = priceOf({ model, tsMs: TS_MS, ...call, usage: small });
    return price === null ? null : price.costNanoUsd / 1e6;
  };
  return [
    usd({ input_tokens: MILLION }),
    usd({ output_tokens: MILLION }),
    usd({ cache_read_tokens: MILLION }),
    usd({ cache_creation_tokens: MILLION }),
    usd({ cache_creation_tokens: MILLION, cache_creation_1h_tokens: MILLION }),
  ];
}

describe('priceOf()', () => {
  const listed = Object.entries(CLAUDE_CODE_PRICES.models);
  it.each(listed)('prices %s as Claude Code does', (model, { input, output, ...cache }) => {
    const expected = [input, output, cache.cache_read, cache.cache_write_5m, cache.cache_write_1h];
    expect(perMillion(model)).toEqual(expected);
    expect(perMillion(`${model}-20260101`)).toEqual(expected);
    const { fast = { input, output, ...cache } } = cache;
    expect(perMillion(model, { speed: 'fast' })).toEqual([
      fast.input,
      fast.output,
      fast.cache_read,
      fast.cache_write_5m,
      fast.cache_write_1h,
    ]);
  });

  it('prices the whole call higher once the prompt is long, where the model has such a price', () => {
    const cost = (model: string, usage: PricedCall['usage']) =>
      priceOf({ model, tsMs: TS_MS, usage })?.costNanoUsd;
    expect(cost('claude-haiku-5-5', { input_tokens: 1, cache_read_tokens: 99_999 })).toBe(1_000_090);
    expect(cost('claude-haiku-5-5', { input_tokens: 1, cache_read_tokens: 100_000 })).toBe(5_000_500);
    expect(cost('claude-sonnet-4-5', { input_tokens: 300_000 })).toBe(900_000_000);
    expect(cost('gemini-2.5-pro', { input_tokens: 300_000 })).toBe(750_000_000);
  });

  it('adds what the provider charges for searches and for a chosen region', () => {
    const usage = { input_tokens: 1000, web_search_requests: 2 };
    expect(priceOf({ model: 'claude-opus-5-5', tsMs: TS_MS, usage })?.costNanoUsd).toBe(24_000_000);
    expect(priceOf({ model: 'claude-opus-5-5', tsMs: TS_MS, usage, inferenceGeo: 'us' })?.costNanoUsd).toBe(
      24_400_000,
    );
  });

  it('knows no price of an unknown model', () => {
    expect(priceOf({ model: 'made-up-model', tsMs: TS_MS, usage: { input_tokens: 1 } })).toBeNull();
    expect(priceOf({ model: '', tsMs: TS_MS, usage: {} })).toBeNull();
  });

  it('takes prices of the settings first, by the name as written, without prefix, or without date', () => {
    const overrides = { 'claude-sonnet-5': { input: 1, output: 2, cache_read: 0.5, cache_creation: 3 } };
    const cost = (model: string, usage: PricedCall['usage']) =>
      priceOf({ model, tsMs: TS_MS, usage }, overrides)?.costNanoUsd;
    expect(cost('claude-sonnet-5', { input_tokens: MILLION })).toBe(1e9);
    expect(cost('us.anthropic.claude-sonnet-5-20260101-v1:0[1m]', { output_tokens: MILLION })).toBe(2e9);
    expect(cost('claude-sonnet-5', { cache_read_tokens: MILLION })).toBe(0.5e9);
    const oneHour = { cache_creation_tokens: MILLION, cache_creation_1h_tokens: MILLION };
    expect(cost('claude-sonnet-5', oneHour)).toBe(4.8e9);
  });

  it('fills a price that the settings leave open in the ratio of the list price', () => {
    const open = { input: 10, output: 20, cache_read: null, cache_creation: null };
    const cost = (model: string, usage: PricedCall['usage']) =>
      createPriceOf({ [model]: open })({ model, tsMs: TS_MS, usage });
    expect(cost('claude-sonnet-5', { cache_read_tokens: MILLION })).toBe(1e9);
    expect(cost('claude-sonnet-5', { cache_creation_tokens: MILLION })).toBe(12.5e9);
    expect(cost('own-model', { cache_read_tokens: MILLION })).toBe(10e9);
  });

  it('is an integer, never negative, and no cheaper for more', () => {
    const tokens = fc.nat({ max: 3_000_000 });
    const model = fc.constantFrom(
      'claude-opus-5-5',
      'claude-haiku-5-5',
      'gpt-5',
      'gemini-2.5-pro',
      'claude-sonnet-5',
    );
    fc.assert(
      fc.property(model, tokens, tokens, tokens, tokens, (name, input, output, cacheRead, cacheCreation) => {
        const usage = {
          input_tokens: input,
          output_tokens: output,
          cache_read_tokens: cacheRead,
          cache_creation_tokens: cacheCreation,
        };
        const cost = priceOf({ model: name, tsMs: TS_MS, usage })?.costNanoUsd ?? Number.NaN;
        const more = priceOf({ model: name, tsMs: TS_MS, usage: { ...usage, output_tokens: output + 1000 } });
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
        expect(more?.costNanoUsd).toBeGreaterThan(cost);
      }),
    );
  });
});

describe('normaliseModelName()', () => {
  it.each([
    ['claude-opus-5-5[1m]', 'claude-opus-5-5'],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4-20250514'],
    ['anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
    ['arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-opus-5', 'claude-opus-5'],
    ['vertex_ai/claude-sonnet-4@20250514', 'claude-sonnet-4-20250514'],
    ['claude-3-5-sonnet-v2@20241022', 'claude-3-5-sonnet-20241022'],
    ['bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5-20251001'],
    ['openai/gpt-5', 'gpt-5'],
    ['Claude-Opus-5', 'claude-opus-5'],
  ])('%s -> %s', (written, expected) => {
    expect(normaliseModelName(written)).toBe(expected);
  });
});
