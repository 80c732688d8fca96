import { describe, expect, test } from 'vitest';
import { readMoment, readRange } from '../../../otel-bridge/query/time-parameters.ts';

const NOW = Date.parse('2026-11-21T10:34:56Z');
const read = (text: string, edge: 'since' | 'until' = 'since', timezone = 'Asia/Kolkata') =>
  new Date(readMoment(text, { name: 'since', nowMs: NOW, timezone, edge })).toISOString();

describe('readMoment()', () => {
  test('takes hours and minutes exactly and reaches back to the beginning of a day for days and weeks', () => {
    expect(read('24h')).toBe('2026-11-20T10:34:56.000Z');
    expect(read('90m')).toBe('2026-11-21T09:04:56.000Z');
    expect(read('1d')).toBe('2026-11-19T18:30:00.000Z');
    expect(read('0d')).toBe('2026-11-20T18:30:00.000Z');
    expect(read('2w', 'since', 'UTC')).toBe('2026-11-07T00:00:00.000Z');
  });

  test('takes a date as a whole local day', () => {
    expect(read('2026-11-01')).toBe('2026-10-31T18:30:00.000Z');
    expect(read('2026-11-01', 'until')).toBe('2026-11-01T18:30:00.000Z');
  });

  test('takes times with a zone and unix milliseconds', () => {
    expect(read('2026-11-01T12:00:00+02:00')).toBe('2026-11-01T10:00:00.000Z');
    expect(read('2026-11-01T12:00:00 02:00')).toBe('2026-11-01T10:00:00.000Z');
    expect(read('2026-11-01T12:00Z')).toBe('2026-11-01T12:00:00.000Z');
    expect(read(String(NOW))).toBe('2026-11-21T10:34:56.000Z');
  });

  test.each([
    'yesterday',
    '2026-02-30',
    '2026-11-01T12:00:00',
    '2026-13-01T00:00:00Z',
    '-3d',
    '3y',
    '',
    '12345',
  ])('refuses %j and says what is wanted', (text) => {
    expect(() => read(text)).toThrow(
      `Cannot read parameter "since": found "${text}", wanted a length of time (30d, 24h), a date`,
    );
  });
});

test('readRange() refuses an end before its beginning', () => {
  const defaults = { since: '30d', timezone: 'UTC', nowMs: NOW };
  expect(() => readRange({ since: '2026-11-02', until: '2026-10-01' }, defaults)).toThrow(
    /parameter "until"/,
  );
  expect(readRange({}, defaults)).toEqual({
    fromMs: Date.parse('2026-10-22T00:00:00Z'),
    toMs: Number.MAX_SAFE_INTEGER,
    timezone: 'UTC',
  });
});
