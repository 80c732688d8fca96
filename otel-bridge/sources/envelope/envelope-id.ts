/** Longer texts are no ids. */
const MAX_LENGTH = 1024;

/** The event id that a parsed envelope seems to have, for an answer about it; null = none. */
export function envelopeId(value: unknown): string | null {
  const event = field(value, 'event');
  const id = field(event, 'id');
  if (typeof id === 'number') return String(id);
  return typeof id === 'string' ? id.slice(0, MAX_LENGTH).toWellFormed() : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
