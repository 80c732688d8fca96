import { describe, expect, test } from 'vitest';
import { DELIVERY_TIMINGS } from '../../../otel-bridge/delivery/delivery.ts';
import { parseRetryAfterMs, retryDelayMs } from '../../../otel-bridge/delivery/retry-delay.ts';

describe('retryDelayMs()', () => {
  const longest = (failures: number, retryAfterMs: number | null = null): number =>
    retryDelayMs(failures, retryAfterMs, DELIVERY_TIMINGS, () => 1);

  test('doubles its limit from 0.5 s to 10 s', () => {
    expect([1, 2, 3, 6, 7, 8, 5000].map((failures) => longest(failures))).toEqual([
      500, 1000, 2000, 10_000, 10_000, 10_000, 10_000,
    ]);
  });

  test('uses the whole range below the limit', () => {
    expect(retryDelayMs(3, null, DELIVERY_TIMINGS, () => 0)).toBe(0);
    expect(retryDelayMs(3, null, DELIVERY_TIMINGS, () => 0.25)).toBe(500);
  });

  test('never comes before the target asked for, within ten minutes', () => {
    expect(longest(1, 45_000)).toBe(45_000);
    expect(longest(8, 1000)).toBe(10_000);
    expect(longest(1, 86_400_000)).toBe(600_000);
  });
});

describe('parseRetryAfterMs()', () => {
  const nowMs = Date.parse('2026-11-20T10:00:00Z');
  test.each([
    ['7', 7000],
    ['0', 0],
    ['Fri, 20 Nov 2026 10:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
    ['-5', null],
    ['soon', null],
    ['', null],
    [null, null],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(expected);
  });
});
