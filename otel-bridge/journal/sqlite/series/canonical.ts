import type { Attributes } from '../../../domain/outbox.ts';

/** JSON with sorted keys: the same attributes are the same text. */
export function canonical(attributes: Attributes): string {
  return JSON.stringify(Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))));
}

const resources = new WeakMap<Attributes, string>();

/** The same for a resource, whose object is shared by everything that belongs to one owner. */
export function canonicalResource(resource: Attributes): string {
  let text = resources.get(resource);
  if (text === undefined) {
    text = canonical(resource);
    resources.set(resource, text);
  }
  return text;
}
