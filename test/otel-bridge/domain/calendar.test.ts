import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutIntoDays,
  isTimeZone,
  localDate,
  rangeOfDate,
  startOfDay,
  weekOfDate,
} from '../../../otel-bridge/domain/calendar.ts';

const HOUR_MS = 3_600_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
];

function intlDate(tsMs: number, timezone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' }).format(tsMs);
}

describe('cutIntoDays()', () => {
  test('gives every moment the date that its zone shows, without a gap, in any zone and year', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1985, 0), max: Date.UTC(2035, 0) }),
        fc.integer({ min: 1, max: 40 * 24 * HOUR_MS }),
        fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (zone, fromMs, lengthMs, places) => {
          const toMs = fromMs + lengthMs;
          const days = cutIntoDays(fromMs, toMs, zone);
          expect(days[0]?.fromMs).toBe(fromMs);
          expect(days.at(-1)?.toMs).toBe(toMs);
          for (const [index, day] of days.entries()) {
            expect(day.toMs).toBeGreaterThan(day.fromMs);
            if (index > 0) expect(day.fromMs).toBe(days[index - 1]?.toMs);
            expect(intlDate(day.fromMs, zone)).toBe(day.date);
            expect(intlDate(day.toMs - 1, zone)).toBe(day.date);
          }
          for (const place of places) {
            const tsMs = fromMs + Math.floor(place * lengthMs);
            const day = days.find((range) => range.fromMs <= tsMs && tsMs < range.toMs);
            expect(day?.date).toBe(intlDate(tsMs, zone));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('makes days of 23 and 25 hours where clocks change', () => {
    const lengthsH = (fromMs: number) =>
      cutIntoDays(fromMs, fromMs + 72 * HOUR_MS, 'Europe/Berlin').map(
        (day) => (day.toMs - day.fromMs) / HOUR_MS,
      );
    expect(lengthsH(Date.parse('2026-03-28T23:00:00Z'))).toEqual([23, 24, 24, 1]);
    expect(lengthsH(Date.parse('2026-10-24T22:00:00Z'))).toEqual([25, 24, 23]);
  });

  test('gives a date twice where clocks went back over midnight', () => {
    // Newfoundland, 1 November 2009: 00:01 became 23:01 of the day before.
    const days = cutIntoDays(
      Date.parse('2009-10-31T12:00:00Z'),
      Date.parse('2009-11-01T12:00:00Z'),
      'America/St_Johns',
    );
    expect(days.map((day) => day.date)).toEqual(['2009-10-31', '2009-11-01', '2009-10-31', '2009-11-01']);
  });

  test('leaves out a day that the zone skipped', () => {
    const days = cutIntoDays(
      Date.parse('2011-12-29T12:00:00Z'),
      Date.parse('2011-12-31T12:00:00Z'),
      'Pacific/Apia',
    );
    expect(days.map((day) => day.date)).toEqual(['2011-12-29', '2011-12-31', '2012-01-01']);
  });

  test('is empty for an empty range', () => {
    expect(cutIntoDays(5, 5, 'UTC')).toEqual([]);
  });
});

describe('startOfDay()', () => {
  test('is the first moment of the local day', () => {
    expect(new Date(startOfDay(Date.parse('2026-11-21T10:00:00Z'), 'Asia/Kolkata')).toISOString()).toBe(
      '2026-11-20T18:30:00.000Z',
    );
    expect(localDate(Date.parse('2026-11-20T18:30:00Z'), 'Asia/Kolkata')).toBe('2026-11-21');
  });

  test('is one o’clock where there is no midnight', () => {
    const start = startOfDay(Date.parse('2026-03-29T12:00:00Z'), 'Asia/Beirut');
    expect(new Date(start).toISOString()).toBe('2026-03-28T22:00:00.000Z');
  });
});

describe('rangeOfDate()', () => {
  test('spans the local day', () => {
    expect(rangeOfDate('2026-10-25', 'Europe/Berlin')).toEqual({
      fromMs: Date.parse('2026-10-24T22:00:00Z'),
      toMs: Date.parse('2026-10-25T23:00:00Z'),
    });
  });

  test('is null for a date that does not exist', () => {
    expect(rangeOfDate('2026-02-31', 'UTC')).toBeNull();
    expect(rangeOfDate('2011-12-30', 'Pacific/Apia')).toBeNull();
    expect(rangeOfDate('yesterday', 'UTC')).toBeNull();
  });
});

test('weekOfDate() counts weeks by ISO 8601', () => {
  expect(weekOfDate('2026-11-21')).toBe('2026-W47');
  expect(weekOfDate('2027-01-03')).toBe('2026-W53');
  expect(weekOfDate('2024-12-30')).toBe('2025-W01');
  expect(weekOfDate('1969-12-31')).toBe('1970-W01');
});

test('isTimeZone() knows IANA names', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Mars/Olympus')).toBe(false);
});
