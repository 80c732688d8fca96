import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyValue,
  attributesToMap,
  attributesToObject,
  attributeValue,
  keyValues,
  type PlainValue,
} from '../../../otel-bridge/otlp/attributes.ts';

describe('attributeValue()', () => {
  test('turns integers into numbers only where that is exact', () => {
    expect(attributeValue({ intValue: '9007199254740991' })).toBe(9007199254740991);
    expect(attributeValue({ intValue: '9007199254740993' })).toBe('9007199254740993');
  });

  test('takes the empty value and no value as null', () => {
    expect(attributeValue({})).toBeNull();
    expect(attributeValue(undefined)).toBeNull();
  });

  test('gives back what anyValue() was given', () => {
    const plain = fc.letrec<{ value: PlainValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.boolean(),
        fc.double(),
        fc.maxSafeInteger(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(plain, (value) => {
        expect(attributeValue(anyValue(value))).toStrictEqual(value);
      }),
    );
  });
});

describe('attributesToMap() and attributesToObject()', () => {
  test('let the last of a repeated key count', () => {
    const attributes = [
      { key: 'a', value: { stringValue: 'first' } },
      { key: 'a', value: { stringValue: 'last' } },
    ];
    expect(attributesToMap(attributes)).toEqual(new Map([['a', 'last']]));
    expect(attributesToObject(attributes)).toEqual({ a: 'last' });
  });

  test('keep a key named __proto__ as a plain key', () => {
    const object = attributesToObject([{ key: '__proto__', value: { intValue: '1' } }]);
    expect(Object.getOwnPropertyNames(object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });
});

test('keyValues() keeps the order of the keys', () => {
  expect(keyValues({ b: 1, a: 0.5, c: true })).toStrictEqual([
    { key: 'b', value: { intValue: '1' } },
    { key: 'a', value: { doubleValue: 0.5 } },
    { key: 'c', value: { boolValue: true } },
  ]);
});
