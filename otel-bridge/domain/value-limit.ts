import { MonitorError } from './error.ts';

/**
 * How many values (messages, list elements, pairs of key and value) one body may hold. A value takes two bytes on the
 * wire and a hundred and more in memory, so that a limit on bytes alone lets a small body fill the memory. The fullest
 * requests of real senders, 8192 records with 30 attributes each, hold half of it.
 */
export const MAX_BODY_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/**
 * Looks through JSON before it is parsed. Bodies that are too small to hold too much are not looked at.
 * @throws MonitorError `too_large` when it holds more than `limit` values.
 */
export function assertJsonValues(body: Uint8Array, limit = MAX_BODY_VALUES): void {
  if (body.length < 2 * limit) return;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let count = 1;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index + 1);
    else if (byte === COMMA || byte === BRACE || byte === BRACKET) count += 1;
    if (count > limit) throw tooManyValues(limit);
  }
}

/** The error for a body that holds too many values. */
export function tooManyValues(limit = MAX_BODY_VALUES): MonitorError {
  return new MonitorError(
    'too_large',
    `Cannot take the body: it holds more than ${limit} values. Send smaller batches`,
  );
}

/** Position of the quote that ends the string which begins at `from`; the last byte where none does. */
function endOfString(bytes: Buffer, from: number): number {
  for (let quote = bytes.indexOf(QUOTE, from); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH && quote - 1 - backslashes >= from) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return bytes.length - 1;
}
