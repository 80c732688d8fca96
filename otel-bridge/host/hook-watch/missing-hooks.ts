import { objectOf, textOf } from '../../domain/values.ts';
import type { RememberedHooks } from './remembered-hooks.ts';

/** What is wrong with hooks that were installed. */
export interface MissingHooks {
  /** One clause. */
  readonly how: string;
  /** Names of the events whose hooks are gone; empty where they are there and turned off, or have no name. */
  readonly events: readonly string[];
}

/**
 * Holds a file against what was installed in it. @param text null where the file is gone
 * @returns null where everything is there
 */
export function missingHooks(
  { handlers }: Pick<RememberedHooks, 'handlers'>,
  text: string | null,
): MissingHooks | null {
  if (text === null) return { how: 'their file was deleted', events: namesOf(handlers) };
  const plain = handlers.filter(({ event }) => event === null);
  if (plain.some((handler) => !text.includes(handler.text)))
    return { how: 'they were taken out', events: [] };
  if (plain.length === handlers.length) return null;
  const document = parse(text);
  if (document === undefined) return { how: 'their file is no JSON any more', events: namesOf(handlers) };
  if (document.disableAllHooks === true) return { how: '"disableAllHooks" turns them off', events: [] };
  const hooks = objectOf(document.hooks) ?? {};
  const gone = handlers.filter(({ event, text: wanted }) => event !== null && !holds(hooks[event], wanted));
  if (gone.length === 0) return null;
  return { how: `${gone.length} of ${handlers.length} were taken out`, events: namesOf(gone) };
}

/** Groups of handlers: `[{"hooks": [{"url" or "command": ...}]}]`. */
function holds(groups: unknown, wanted: string): boolean {
  return listOf(groups).some((group) =>
    listOf(objectOf(group)?.hooks).some((handler) => {
      const { url, command } = objectOf(handler) ?? {};
      return textOf(url) === wanted || textOf(command) === wanted;
    }),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function namesOf(handlers: RememberedHooks['handlers']): string[] {
  return handlers.flatMap(({ event }) => event ?? []);
}

function parse(text: string) {
  try {
    return objectOf(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    // Agents do not read it either.
    return undefined;
  }
}
