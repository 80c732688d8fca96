import type { ApiRequestPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';
import type { AttributeReader } from '../attribute-reader.ts';

/** Names of each count in both generations of the GenAI conventions, OpenLLMetry's and the AI SDK's, newest first. */
const NAMES = {
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens'],
  output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.usage.completion_tokens'],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cached_input_tokens',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
  ],
  cacheCreation: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
  ],
  total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens', 'ai.usage.totalTokens'],
} as const;

/** Token counts of a model call, disjoint. */
export type TokenUsage = Pick<
  ApiRequestPayload,
  'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_creation_tokens' | 'reasoning_tokens'
>;

/**
 * Reads the tokens that attributes tell, and makes them disjoint.
 *
 * By the conventions `input_tokens` includes what was read from and written to a cache, and `output_tokens` includes
 * reasoning. Senders that break this are known by their sums: more in the cache than in the input, more reasoning
 * than output, or a total that only adds up when the parts are apart.
 * @returns undefined where they tell neither input nor output
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
export function tokenUsage({ number }: Pick<AttributeReader, 'number'>): TokenUsage | undefined {
  const read = (names: readonly string[]): number | undefined => {
    for (const name of names) {
      const value = number(name);
      if (value !== undefined) return Math.max(0, Math.round(value));
    }
    return undefined;
  };
  const input = read(NAMES.input);
  const output = read(NAMES.output);
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = read(NAMES.cacheRead);
  const cacheCreation = read(NAMES.cacheCreation);
  const reasoning = read(NAMES.reasoning);
  const total = read(NAMES.total);
  const cached = (cacheRead ?? 0) + (cacheCreation ?? 0);
  const told = (input ?? 0) + (output ?? 0);
  const cacheApart = cached > (input ?? 0) || (cached > 0 && total === told + cached);
  const reasoningApart =
    (reasoning ?? 0) > (output ?? 0) || ((reasoning ?? 0) > 0 && total === told + (reasoning ?? 0));
  return present({
    input_tokens: cacheApart ? (input ?? 0) : (input ?? 0) - cached,
    output_tokens: reasoningApart ? (output ?? 0) + (reasoning ?? 0) : (output ?? 0),
    cache_read_tokens: cacheRead,
    cache_creation_tokens: cacheCreation,
    reasoning_tokens: reasoning,
  });
}
