import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBatch } from '../../../../otel-bridge/sources/envelope/parse-batch.ts';

const lines = (text: string) => parseBatch(Buffer.from(text), 'lines');
const json = (text: string) => parseBatch(Buffer.from(text), 'json');

describe('parseBatch() of lines', () => {
  test('gives every line that is not blank, with its number', () => {
    expect(lines('{"a":1}\n\n  \r\n{"b":2}\r\n3')).toEqual([
      { index: 0, value: { a: 1 } },
      { index: 3, value: { b: 2 } },
      { index: 4, value: 3 },
    ]);
  });

  test('says which line is not JSON, without its text, and takes the others', () => {
    const elements = lines('{"a":1}\n{"secret":\n[2]');
    expect(elements).toEqual([
      { index: 0, value: { a: 1 } },
      { index: 1, rejection: { id: null, code: 'not_json', message: expect.not.stringContaining('secret') } },
      { index: 2, value: [2] },
    ]);
  });

  test('passes over the mark that some editors put at the beginning', () => {
    expect(lines('\uFEFF{"a":1}')).toEqual([{ index: 0, value: { a: 1 } }]);
  });

  test('reads what JSON writes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const text = values.map((value) => JSON.stringify(value)).join('\n');
        expect(lines(text).map(({ value }) => value)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});

describe('parseBatch() of a document', () => {
  test('gives the elements of an array, or the one that it is', () => {
    expect(json('[1,{"a":2}]')).toEqual([
      { index: 0, value: 1 },
      { index: 1, value: { a: 2 } },
    ]);
    expect(json('{"a":1}')).toEqual([{ index: 0, value: { a: 1 } }]);
    expect(json('[]')).toEqual([]);
  });

  test('refuses what is not JSON as a whole', () => {
    expect(() => json('{"a":1}\n{"b":2}')).toThrow('not JSON');
    expect(() => json('')).toThrow('found nothing');
  });
});

describe('limits', () => {
  const keys = (count: number): string =>
    `{${Array.from({ length: count }, (_, index) => `"key${index}":${index}`).join(',')}}`;

  test('rejects an envelope with too many values by its id, and takes its neighbours', () => {
    const huge = `{"event":{"id":"huge"},"attributes":${keys(30_000)}}`;
    const deep = `{"event":{"id":"deep"},"payload":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const elements = json(`[${huge},{"event":{"id":"small"}},${deep}]`);
    expect(elements.map(({ rejection }) => rejection?.code)).toEqual([
      'too_many_values',
      undefined,
      'too_many_values',
    ]);
    expect(elements.map(({ rejection }) => rejection?.id)).toEqual(['huge', undefined, 'deep']);
  });

  test.each([
    ['empty arrays', `[${'[],'.repeat(2_000_000)}1]`],
    ['numbers', `[${'1,'.repeat(3_000_000)}1]`],
    ['nested arrays', '['.repeat(3_000_000)],
    ['keys', `{${'"a":1,'.repeat(1_500_000)}"a":1}`],
  ])('refuses a body of %s before it is parsed', (_, body) => {
    const beganMs = performance.now();
    expect(() => json(body)).toThrow('holds more than 1000000 values');
    expect(performance.now() - beganMs).toBeLessThan(5000);
  });

  test('refuses more lines than values', () => {
    expect(() => lines('1\n'.repeat(1_000_001))).toThrow('holds more than 1000000 values');
  });
});
