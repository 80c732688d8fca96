import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimalFromHalves, halvesFromDecimal } from '../../../otel-bridge/otlp/integer64.ts';

const MASK = 2n ** 32n - 1n;

it('halves and decimals of unsigned integers are those of exact arithmetic', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const halves = { low: Number(value & MASK), high: Number(value >> 32n) };
      expect(halvesFromDecimal(String(value), false)).toEqual(halves);
      expect(decimalFromHalves(halves.low, halves.high, false)).toBe(String(value));
    }),
    { numRuns: 5000 },
  );
});

it('halves and decimals of signed integers are those of exact arithmetic', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const bits = BigInt.asUintN(64, value);
      const halves = { low: Number(bits & MASK), high: Number(bits >> 32n) };
      expect(halvesFromDecimal(String(value), true)).toEqual(halves);
      expect(decimalFromHalves(halves.low, halves.high, true)).toBe(String(value));
    }),
    { numRuns: 5000 },
  );
});

it('refuses what does not fit', () => {
  expect(() => halvesFromDecimal('9223372036854775808', true)).toThrow('expected an int64');
  expect(() => halvesFromDecimal('18446744073709551616', false)).toThrow('expected a uint64');
  expect(halvesFromDecimal('0009223372036854775807', true)).toEqual({ low: 0xffffffff, high: 0x7fffffff });
});
