import type { ApiRequestPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';
import type { AttributeReader } from '../attribute-reader.ts';
import { disjointTokens } from './token-counts.ts';

/** Who made a call. */
export type CallSource = Pick<ApiRequestPayload, 'query_source' | 'purpose' | 'subagent' | 'subagent_id'>;

/** The payload of a record `api_response`. */
export function modelCall({ text, number }: AttributeReader, source: CallSource): ApiRequestPayload {
  return present({
    message_id: text('response_id'),
    model: text('model'),
    ...disjointTokens({
      prompt: number('input_token_count'),
      cached: number('cached_content_token_count'),
      output: number('output_token_count'),
      thoughts: number('thoughts_token_count'),
      toolUse: number('tool_token_count'),
      total: number('total_token_count'),
    }),
    duration_ms: number('duration_ms'),
    ttft_ms: number('ttft_ms'),
    ...source,
  });
}

/** The payload of a record `api_error`: a call that failed for good. */
export function failedCall({ text, number }: AttributeReader, source: CallSource): ApiRequestPayload {
  return present({
    message_id: text('response_id'),
    model: text('model'),
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
    duration_ms: number('duration_ms'),
    error_type: text('status_code') ?? text('error_type') ?? text('error.type') ?? 'error',
    error_message: text('error.message') ?? text('error_message') ?? text('error'),
    ...source,
  });
}
