import type { ApiRequestPayload } from '../../domain/payload.ts';

/** Token counts as the Responses API has them: caches are part of the input, reasoning is part of the output. */
export interface ResponsesUsage {
  readonly input?: number | undefined;
  readonly cached?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** The same counts, disjoint; undefined where neither input nor output is told. */
export function tokenCounts(usage: ResponsesUsage): ApiRequestPayload | undefined {
  const { input, output, reasoning } = usage;
  if (input === undefined && output === undefined) return undefined;
  const cached = usage.cached ?? 0;
  const cacheWrite = usage.cacheWrite ?? 0;
  return {
    input_tokens: Math.max(0, (input ?? 0) - cached - cacheWrite),
    output_tokens: output ?? 0,
    cache_read_tokens: cached,
    cache_creation_tokens: cacheWrite,
    ...(reasoning === undefined ? {} : { reasoning_tokens: reasoning }),
  };
}
