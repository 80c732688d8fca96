/** Lenient reading of fields that senders write in more than one way. Null and absent are the same. */

/** A non-empty string, or a number as one; else undefined. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** A finite number, or a string that is one; else undefined. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** A JSON object; else undefined. */
export function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The first of `keys` that `read` can read from the objects, in that order. */
export function firstOf<T>(
  read: (value: unknown) => T | undefined,
  keys: readonly string[],
  ...objects: readonly (Record<string, unknown> | undefined)[]
): T | undefined {
  for (const source of objects) {
    if (source === undefined) continue;
    for (const key of keys) {
      const value = read(source[key]);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
