import type { ApiRequestPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';

/** What a message's `usage` tells of its price, under the names of the bridge. */
export function messageUsage(value: unknown): ApiRequestPayload {
  const usage = objectOf(value) ?? {};
  const speed = textOf(usage.speed);
  return present({
    input_tokens: numberOf(usage.input_tokens),
    output_tokens: numberOf(usage.output_tokens),
    cache_read_tokens: numberOf(usage.cache_read_input_tokens),
    cache_creation_tokens: numberOf(usage.cache_creation_input_tokens),
    cache_creation_1h_tokens: numberOf(objectOf(usage.cache_creation)?.ephemeral_1h_input_tokens),
    web_search_requests: numberOf(objectOf(usage.server_tool_use)?.web_search_requests) || undefined,
    // Telemetry says normal where the provider says standard.
    speed: speed === 'standard' ? 'normal' : speed,
    inference_geo: textOf(usage.inference_geo),
  });
}
