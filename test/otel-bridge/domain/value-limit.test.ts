import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCode } from '../../../otel-bridge/domain/error.ts';
import { assertJsonValues } from '../../../otel-bridge/domain/value-limit.ts';

/** Values of a document: itself, the elements of its arrays, the pairs of its objects. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + countValues(item), 1);
}

function isTaken(text: string, limit: number): boolean {
  try {
    assertJsonValues(Buffer.from(text), limit);
    return true;
  } catch (error) {
    expect(errorCode(error)).toBe('too_large');
    return false;
  }
}

describe('assertJsonValues()', () => {
  test('takes every document whose values are within the limit', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.boolean(), (text, indented) => {
        const value: unknown = JSON.parse(text);
        const written = indented ? JSON.stringify(value, null, 2) : text;
        // A comma or bracket for each value at most, and one for the document.
        expect(isTaken(written, 2 * countValues(value) + 1)).toBe(true);
      }),
    );
  });

  test('refuses documents with twice as many values', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 10 }), (values) => {
        expect(isTaken(JSON.stringify(values), Math.floor(values.length / 2))).toBe(false);
      }),
    );
  });

  test('does not count what stands in strings', () => {
    expect(isTaken(JSON.stringify([',,,[[[{{{'.repeat(100), '\\",,,,\\\\', '",[']), 5)).toBe(true);
  });

  test.each(['"', '"\\', '"abc', '[1,"', '\\"'])('comes to an end with %j', (text) => {
    expect(isTaken(text, 1) || true).toBe(true);
  });

  test('looks through 20 MiB in an instant', () => {
    const body = Buffer.from(`["${'\\"text, '.repeat(2_600_000)}"]`);
    const beganMs = performance.now();
    assertJsonValues(body);
    expect(performance.now() - beganMs).toBeLessThan(5000);
  });
});
