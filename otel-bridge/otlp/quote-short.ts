/** Longer texts may be somebody's prompt or a secret and have no place in an error or a log. */
const MAX_QUOTED = 24;

/** A value for an error message: itself where it is short, else what it is. */
export function quoteShort(value: unknown): string {
  if (typeof value === 'string' && value.length > MAX_QUOTED) return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value) ?? typeof value;
}
