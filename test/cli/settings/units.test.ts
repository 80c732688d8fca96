import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../cli/settings/duration.ts';
import { nearestWord } from '../../../cli/settings/nearest-word.ts';
import { parseSize } from '../../../cli/settings/size.ts';

describe('parseDuration()', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    [' 10m ', 600_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)?.ms).toBe(ms);
  });

  it.each(['', '10', '10 m', 'm', '-5s', '0s', '5y', '1h-5m', '1e3s', '99999999999999999999d'])(
    'refuses "%s"',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('adds up what is written one after the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 59 }), (hours, minutes) => {
        expect(parseDuration(`${hours}h${minutes}m`)?.ms).toBe(hours * 3_600_000 + minutes * 60_000);
      }),
    );
  });
});

describe('parseSize()', () => {
  it.each([
    ['1B', 1],
    ['10GB', 10_000_000_000],
    ['2GiB', 2_147_483_648],
    ['1.5 MB', 1_500_000],
    ['500kb', 500_000],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)?.bytes).toBe(bytes);
  });

  it.each(['', '10', 'GB', '-1GB', '0B', '10G', '5 parsecs'])('refuses "%s"', (text) => {
    expect(parseSize(text)).toBeNull();
  });
});

describe('nearestWord()', () => {
  it('finds what a mistyped word stands for', () => {
    expect(nearestWord('grafanna', ['grafana', 'jaeger'])).toBe('grafana');
    expect(nearestWord('Promtial', ['promtail', 'prometheus'])).toBe('promtail');
    expect(nearestWord('prots', ['parts', 'ports'])).toBe('ports');
  });

  it('finds nothing where nothing is near', () => {
    expect(nearestWord('zookeeper', ['grafana', 'jaeger'])).toBeUndefined();
    expect(nearestWord('x', [])).toBeUndefined();
  });
});
