import { MonitorError } from '../domain/error.ts';
import { quoteShort } from './quote-short.ts';

/** The two halves of a 64-bit integer, each an unsigned 32-bit number. */
export interface Integer64 {
  readonly low: number;
  readonly high: number;
}

const TWO_TO_16 = 65536;
const TWO_TO_32 = 4294967296;
const BILLION = 1e9;
const UNSIGNED_MAX = 2n ** 64n - 1n;
const SIGNED_MAX = 2n ** 63n - 1n;
const SIGNED_MIN = -(2n ** 63n);
/** Digits that always fit a double exactly. */
const SAFE_DIGITS = 15;
/** Digits that always fit 64 bits: unix nanoseconds have as many. */
const FITTING_DIGITS = 19;
const LARGEST_POSITIVE_HIGH = 0x7fffffff;

/** Two's complement halves -> decimal. */
export function decimalFromHalves(low: number, high: number, signed: boolean): string {
  if (high < 0x200000) return String(high * TWO_TO_32 + low);
  if (!signed || high <= LARGEST_POSITIVE_HIGH) return divideByBillion(low, high);
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
  if (text.length <= FITTING_DIGITS && text[0] !== '-') {
    const halves = halvesOfDigits(text);
    if (!signed || halves.high <= LARGEST_POSITIVE_HIGH) return halves;
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

/** Long division by 10^9, 16 bits at a time: every step is exact in a double, and cheaper than a BigInt. */
function divideByBillion(low: number, high: number): string {
  const upper = (high % BILLION) * TWO_TO_16 + (low >>> 16);
  const lower = (upper % BILLION) * TWO_TO_16 + (low & 0xffff);
  const quotient =
    (Math.floor(high / BILLION) * TWO_TO_16 + Math.floor(upper / BILLION)) * TWO_TO_16 +
    Math.floor(lower / BILLION);
  return `${quotient}${String(lower % BILLION).padStart(9, '0')}`;
}

/** 16 to 19 digits -> halves, in steps that are exact in a double. */
function halvesOfDigits(text: string): Integer64 {
  const upper = Number(text.slice(0, -9));
  const small = (upper % TWO_TO_16) * BILLION + Number(text.slice(-9));
  const large = Math.floor(upper / TWO_TO_16) * BILLION;
  // The value is large * 2^16 + small.
  const low = (large % TWO_TO_16) * TWO_TO_16 + (small % TWO_TO_32);
  return {
    low: low % TWO_TO_32,
    high: Math.floor(large / TWO_TO_16) + Math.floor(small / TWO_TO_32) + Math.floor(low / TWO_TO_32),
  };
}

function notAnInteger(text: string, signed: boolean): MonitorError {
  return new MonitorError(
    'invalid',
    `found ${quoteShort(text)}, expected ${signed ? 'an int64' : 'a uint64'} in decimal`,
  );
}
