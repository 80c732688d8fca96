/** Lenient reading: senders write numbers and booleans as text here and there; absent, empty and null are the same. */

/** A non-empty text (numbers and booleans as text); else undefined. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, also where it is written as text; else undefined. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A boolean, also where it is written as text; else undefined. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

/** A JSON object; else undefined. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Without the keys whose value is undefined. Names are our own: an object with names from outside is no argument. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Every record goes through here some times: no lists of pairs are made.
  const kept: { [K in keyof T]?: T[K] } = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept as { [K in keyof T]?: Exclude<T[K], undefined> };
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

/** What a table has under a name that came from outside; what every object inherits (`constructor`) is no entry. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
