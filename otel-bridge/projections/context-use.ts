import type { Fact } from '../domain/fact.ts';
import { numberOf } from '../domain/values.ts';

/** Calls that are no part of a conversation say nothing of its context. */
const APART = 'auxiliary';

/** Tokens that a model call had in its context. */
export function contextTokens(
  fact: Pick<Fact, 'inputTokens' | 'cacheReadTokens' | 'cacheCreationTokens'>,
): number {
  return fact.inputTokens + fact.cacheReadTokens + fact.cacheCreationTokens;
}

/** The context window of a call's model: as the agent tells it, else as lists of models do; null = not known. */
export function windowTokens({ data }: Pick<Fact, 'data'>): number | null {
  return numberOf(data.context_window_tokens) ?? numberOf(data.model_window_tokens) ?? null;
}

/**
 * The share of its model's context window that a call filled, 0 to 1. Null where the window is not known, or is known
 * to be another one since the call would not have fitted, and for calls that are no part of a conversation.
 */
export function contextUtilization(
  fact: Pick<Fact, 'kind' | 'data' | 'inputTokens' | 'cacheReadTokens' | 'cacheCreationTokens'>,
): number | null {
  const window = windowTokens(fact);
  const used = contextTokens(fact);
  if (fact.kind !== 'api' || window === null || window <= 0 || used === 0 || used > window) return null;
  if (fact.data.query_source === APART || fact.data.aggregate === true) return null;
  return used / window;
}
