import { booleanOf, numberOf, textOf } from '../domain/values.ts';
import type { PlainValue } from '../otlp/attributes.ts';
import type { PlainAttributes } from './adapter.ts';

/** Reads attributes leniently: absent and empty are undefined. */
export interface AttributeReader {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
}

/** Reads a text, number or boolean attribute by name. */
export function attributeReader(attributes: PlainAttributes): AttributeReader {
  const read = (name: string): PlainValue | undefined => attributes.get(name);
  return {
    text: (name) => textOf(read(name)),
    number: (name) => numberOf(read(name)),
    boolean: (name) => booleanOf(read(name)),
  };
}
