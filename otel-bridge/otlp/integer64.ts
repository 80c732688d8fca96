import { MonitorError } from '../domain/error.ts';
import { quoteShort } from './quote-short.ts';

/** The two halves of a 64-bit integer, each an unsigned 32-bit number. */
export interface Integer64 {
  readonly low: number;
  readonly high: number;
}

const TWO_TO_32 = 4294967296;
const UNSIGNED_MAX = 2n ** 64n - 1n;
const SIGNED_MAX = 2n ** 63n - 1n;
const SIGNED_MIN = -(2n ** 63n);
/** Digits that always fit a double exactly. */
const SAFE_DIGITS = 15;

/** Two's complement halves -> decimal. */
export function decimalFromHalves(low: number, high: number, signed: boolean): string {
  if (high < 0x200000) return String(high * TWO_TO_32 + low);
  const value = (BigInt(high) << 32n) | BigInt(low);
  return (signed ? BigInt.asIntN(64, value) : value).toString();
}

/**
 * Decimal -> two's complement halves.
 * @throws MonitorError `invalid` when it is not a decimal integer or does not fit.
 */
export function halvesFromDecimal(text: string, signed: boolean): Integer64 {
  if (!/^-?\d+$/.test(text)) throw notAnInteger(text, signed);
  if (text.length <= SAFE_DIGITS && text[0] !== '-') {
    const number = Number(text);
    return { low: number >>> 0, high: Math.floor(number / TWO_TO_32) };
  }
  const value = BigInt(text);
  if (signed ? value < SIGNED_MIN || value > SIGNED_MAX : value < 0n || value > UNSIGNED_MAX) {
    throw notAnInteger(text, signed);
  }
  return { low: Number(BigInt.asUintN(32, value)), high: Number(BigInt.asUintN(32, value >> 32n)) };
}

/** The same integer without leading zeros and minus zero. Throws as `halvesFromDecimal` does. */
export function canonicalDecimal(text: string, signed: boolean): string {
  const { low, high } = halvesFromDecimal(text, signed);
  return decimalFromHalves(low, high, signed);
}

function notAnInteger(text: string, signed: boolean): MonitorError {
  return new MonitorError(
    'invalid',
    `found ${quoteShort(text)}, expected ${signed ? 'an int64' : 'a uint64'} in decimal`,
  );
}
