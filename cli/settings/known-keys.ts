import * as z from 'zod';
import type { SettingsPath } from './layer.ts';

/** Keys that a schema knows at a place; none where it takes any. */
export function knownKeysAt(schema: z.ZodType, path: SettingsPath): readonly string[] {
  const inner = unwrap(schema);
  const [key, ...rest] = path;
  if (key === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodObject) {
    const below: unknown = inner.shape[key];
    return below instanceof z.ZodType ? knownKeysAt(below, rest) : [];
  }
  if (inner instanceof z.ZodArray && inner.element instanceof z.ZodType)
    return knownKeysAt(inner.element, rest);
  if (inner instanceof z.ZodRecord && inner.valueType instanceof z.ZodType) {
    return knownKeysAt(inner.valueType, rest);
  }
  return [];
}

/** Every path of keys that a schema names, lists and free keys aside. */
export function knownPaths(schema: z.ZodType, above: readonly string[] = []): readonly (readonly string[])[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return above.length === 0 ? [] : [above];
  return Object.entries(inner.shape).flatMap(([key, below]) => {
    const path = [...above, key];
    const deeper = below instanceof z.ZodType ? knownPaths(below, path) : [];
    return deeper.length === 1 && deeper[0]?.length === path.length ? deeper : [path, ...deeper];
  });
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;
  if (!isWrapped) return schema;
  const inner: unknown = schema.unwrap();
  return inner instanceof z.ZodType ? unwrap(inner) : schema;
}
