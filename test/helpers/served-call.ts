import { createRandom } from './seeded-random.ts';

/** Tokens of one call, disjoint: input + cacheRead + cacheCreation is the whole prompt, output everything generated. */
export interface ServedTokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
  /** Part of `output`. */
  reasoning: number;
  /** Part of `input`: what tools put into the prompt (Gemini alone counts it apart). */
  toolUse: number;
}

/** One model call as a loopback API served it. */
export interface ServedCall {
  /** Counts from 0 in order of arrival. */
  index: number;
  /** The provider's id of the response; empty where none was sent. */
  responseId: string;
  model: string;
  /** HTTP status of the answer. */
  status: number;
  /** What a client has to pay for; zeros where nothing was generated. */
  tokens: ServedTokens;
  /** The newest marked text that a person, or a parent agent, asked; the newest text where none is marked. */
  prompt: string;
  /** Names of the tools that were called. */
  toolNames: string[];
  /** Ids of those calls, where the protocol has them. */
  toolCallIds: string[];
  /** Names of the tools that were offered: a request without any is no part of a conversation. */
  offered: string[];
  streamed: boolean;
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
}

/** No tokens at all. */
export function noTokens(): ServedTokens {
  return { input: 0, output: 0, cacheRead: 0, cacheCreation: 0, reasoning: 0, toolUse: 0 };
}

/** Sum of all calls. */
export function sumTokens(calls: readonly ServedCall[]): ServedTokens {
  const total = noTokens();
  for (const { tokens } of calls) {
    for (const type of Object.keys(total) as (keyof ServedTokens)[]) total[type] += tokens[type];
  }
  return total;
}

/** Token counts of the call with that number: odd, never all alike, so that a figure in a wrong column shows in sums. */
export function seededTokens(seed: number, index: number): ServedTokens {
  const random = createRandom(seed * 7919 + index);
  const upTo = (max: number) => 1 + Math.floor(random() * max);
  const reasoning = index % 2 === 0 ? upTo(400) : 0;
  return {
    input: upTo(3000),
    output: upTo(1500) + reasoning,
    cacheRead: index === 0 ? 0 : upTo(60_000),
    cacheCreation: 0,
    reasoning,
    toolUse: 0,
  };
}
