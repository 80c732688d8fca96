import type { Signal } from '../domain/outbox.ts';
import { decodeError, decodeResponse } from '../otlp/codec.ts';
import type { OtlpEncoding } from '../otlp/types.ts';
import type { OtlpAnswer } from './otlp-transport.ts';
import { parseRetryAfterMs } from './retry-delay.ts';

/**
 * What a request came to.
 *
 * - `accepted`: the target has it; `warning` is what it had to say all the same.
 * - `refused`: it never will take all of it. One record in it is bad, or all are.
 * - `retry`: it may later. `isServerError`: it answered 500, which may also be a bad record that it stumbles over.
 * - `misconfigured`: it will once somebody has corrected the address or the credentials.
 */
export type SendResult =
  | { readonly status: 'accepted'; readonly warning: string | null }
  | { readonly status: 'refused'; readonly reason: string }
  | {
      readonly status: 'retry';
      readonly reason: string;
      readonly isServerError: boolean;
      readonly retryAfterMs: number | null;
    }
  | { readonly status: 'misconfigured'; readonly reason: string };

type Answered = OtlpAnswer & { status: 'answered' };

/** Retryable by the OTLP specification, and 408, which says so itself. */
const RETRYABLE = new Set([408, 429, 502, 503, 504]);
const MISCONFIGURED = new Set([401, 403, 404, 405, 407]);
const MAX_REASON_LENGTH = 500;

/**
 * Judges an answer to an export request.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export function toSendResult(signal: Signal, answer: OtlpAnswer, nowMs: number): SendResult {
  if (answer.status === 'failed') {
    return { status: 'retry', reason: answer.reason, isServerError: false, retryAfterMs: null };
  }
  const { code } = answer;
  if (code >= 200 && code < 300) return judgeSuccess(signal, answer);
  const reason = `${code} ${describeError(answer)}`.trim();
  if (MISCONFIGURED.has(code) || code < 400) return { status: 'misconfigured', reason };
  const retryAfterMs = parseRetryAfterMs(answer.retryAfter, nowMs);
  if (RETRYABLE.has(code)) return { status: 'retry', reason, isServerError: false, retryAfterMs };
  if (code >= 500) return { status: 'retry', reason, isServerError: true, retryAfterMs };
  return { status: 'refused', reason };
}

function judgeSuccess(signal: Signal, answer: Answered): SendResult {
  const { contentType, body } = answer;
  if (contentType.startsWith('text/html')) {
    return { status: 'misconfigured', reason: `${answer.code} with a web page: no OTLP receiver is there` };
  }
  const encoding = encodingOf(contentType);
  if (encoding === null || body.length === 0) return { status: 'accepted', warning: null };
  try {
    const { rejected, message } = decodeResponse(signal, body, encoding);
    if (rejected > 0)
      return { status: 'refused', reason: `partial success: ${rejected} rejected: ${message}` };
    return { status: 'accepted', warning: message === '' ? null : message };
  } catch (error) {
    // The status says that it was taken; an answer that cannot be read does not take that back.
    return { status: 'accepted', warning: error instanceof Error ? error.message : String(error) };
  }
}

function encodingOf(contentType: string): OtlpEncoding | null {
  if (contentType.startsWith('application/x-protobuf')) return 'protobuf';
  return contentType.startsWith('application/json') ? 'json' : null;
}

/** What an error answer says: a google.rpc.Status, or whatever text a proxy in between writes. */
function describeError({ contentType, body }: Answered): string {
  const encoding = encodingOf(contentType);
  let text = Buffer.from(body).toString('utf8');
  if (encoding !== null && body.length > 0) {
    try {
      text = decodeError(body, encoding).message;
    } catch {
      // Not what its type says; the text of it still helps whoever reads it.
    }
  }
  return text
    .replace(/[^\x20-\x7e\u00a0-\ufffc]+/g, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
}
