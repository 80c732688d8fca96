import type { UsagePayload } from '../../domain/payload.ts';

/** Tokens of a call as Gemini's API counts them. */
export interface GeminiTokens {
  /** The whole prompt, what came from the cache included. */
  readonly prompt: number | undefined;
  readonly cached: number | undefined;
  /** The answer; whether it includes the thoughts depends on who counts. */
  readonly output: number | undefined;
  readonly thoughts: number | undefined;
  /** What tools that the provider runs itself added to the prompt. */
  readonly toolUse: number | undefined;
  /** Prompt, answer and everything else. */
  readonly total: number | undefined;
}

/** Disjoint token counts, and the part of the output that was reasoning. */
export interface DisjointTokens extends UsagePayload {
  readonly reasoning_tokens?: number;
}

/**
 * Makes the counts disjoint. Google counts thoughts beside the answer, OpenAI's convention (which Qwen Code passes on)
 * counts them in it: the total tells which of the two it is.
 */
export function disjointTokens(tokens: GeminiTokens): DisjointTokens {
  const { prompt, cached = 0, output, thoughts = 0, toolUse = 0, total } = tokens;
  if (prompt === undefined && output === undefined) return {};
  const answer = output ?? 0;
  const whole = prompt ?? 0;
  const thoughtsApart = total === undefined || total - whole - answer >= thoughts;
  return {
    input_tokens: Math.max(0, whole - cached) + toolUse,
    output_tokens: answer + (thoughtsApart ? thoughts : 0),
    cache_read_tokens: cached,
    cache_creation_tokens: 0,
    ...(thoughts > 0 ? { reasoning_tokens: thoughts } : {}),
  };
}
