import type { AnyValue, KeyValue } from './types.ts';

/** An attribute value as plain JavaScript. */
export type PlainValue = string | number | boolean | null | PlainValue[] | { [key: string]: PlainValue };

/**
 * The value of an attribute or log body: integers become numbers where they are exact and stay decimal strings
 * beyond 2^53, bytes stay base64, the empty value is null.
 */
export function attributeValue(value: AnyValue | undefined): PlainValue {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : value.intValue;
  }
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(attributeValue);
  if (value.kvlistValue !== undefined) return attributesToObject(value.kvlistValue.values);
  return value.bytesValue ?? null;
}

/** Attributes by key, for looking some up. The last of a repeated key counts. */
export function attributesToMap(attributes: readonly KeyValue[]): Map<string, PlainValue> {
  // Every record goes through here: no list of pairs is made.
  const map = new Map<string, PlainValue>();
  for (const { key, value } of attributes) map.set(key, attributeValue(value));
  return map;
}

/** Attributes as an object, for keeping them. Its own keys are exactly the attributes' (also `__proto__`). */
export function attributesToObject(attributes: readonly KeyValue[]): { [key: string]: PlainValue } {
  return Object.fromEntries(attributesToMap(attributes));
}

/** Plain JavaScript -> attribute value: integers as int, other numbers as double, null as the empty value. */
export function anyValue(value: PlainValue): AnyValue {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? { intValue: String(value) }
      : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

/** An object -> attributes, in the order of its keys. */
export function keyValues(attributes: { readonly [key: string]: PlainValue }): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}
