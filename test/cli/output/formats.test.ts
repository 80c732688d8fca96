import { describe, expect, it } from 'vitest';
import { formatCount } from '../../../cli/output/format-count.ts';
import { formatDuration } from '../../../cli/output/format-duration.ts';
import { formatSize } from '../../../cli/output/format-size.ts';
import { formatDay, formatTime } from '../../../cli/output/format-time.ts';
import { renderMarkdownTable } from '../../../cli/output/render-markdown-table.ts';

describe('formatDuration()', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('%i ms: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatSize()', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [12_340_000, '12.3 MB'],
    [10_000_000_000, '10.0 GB'],
  ])('%i bytes: %s', (size, text) => {
    expect(formatSize(size)).toBe(text);
  });
});

describe('formatTime(), formatDay() and formatCount()', () => {
  it('write local time to the second and counts in full', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    expect(formatTime(local)).toBe('2026-01-02 03:04:05');
    expect(formatDay(local)).toBe('2026-01-02');
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });
});

describe('renderMarkdownTable()', () => {
  it('aligns numbers and keeps bars and line breaks inside their cell', () => {
    expect(
      renderMarkdownTable([{ title: 'A' }, { title: 'B', align: 'right' }], [['a|b\nc', '1'], ['d']]),
    ).toBe(['| A | B |', '| --- | ---: |', String.raw`| a\|b c | 1 |`, '| d |  |'].join('\n'));
  });
});
