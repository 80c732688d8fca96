import type { DeliveryTimings } from './delivery.ts';

/** A target that asks for longer is asked again after this all the same. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/**
 * How long to wait before the next attempt: exponential backoff with full jitter, so that many senders do not come
 * back at once; never before the time that the target asked for.
 * @param failures how many attempts failed in a row, 1 or more
 * @param random from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(
  failures: number,
  retryAfterMs: number | null,
  { firstBackoffMs, maxBackoffMs }: DeliveryTimings,
  random: () => number,
): number {
  const limitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(random() * limitMs, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/** The header Retry-After (seconds or an HTTP date) as milliseconds from now; null where it says nothing. */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
