import { describe, expect, it } from 'vitest';
import { parseSince } from '../../../cli/time/parse-since.ts';

const now = new Date(2026, 10, 21, 15, 30).getTime();

describe('parseSince()', () => {
  it.each([
    ['90m', new Date(2026, 10, 21, 14, 0)],
    ['12h', new Date(2026, 10, 21, 3, 30)],
    ['0d', new Date(2026, 10, 21)],
    ['30d', new Date(2026, 9, 22)],
    ['2w', new Date(2026, 10, 7)],
    ['2026-11-01', new Date(2026, 10, 1)],
    ['2026-11-01T10:00:00Z', new Date('2026-11-01T10:00:00Z')],
  ])('%s', (text, moment) => {
    expect(new Date(parseSince(text, now))).toEqual(moment);
  });

  it.each(['', 'yesterday', '30', '-3d', '2026-13-01', '5y', 'd'])(
    'refuses "%s" with what is wanted',
    (text) => {
      expect(() => parseSince(text, now)).toThrow(
        `Cannot read --since "${text}": wanted 90m, 12h, 30d, 4w, or 2026-11-01`,
      );
    },
  );
});
