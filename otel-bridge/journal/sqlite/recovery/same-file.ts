import { statSync } from 'node:fs';

/** The file that is open has no name any more: what is written into it is gone with the process. */
export class FileGoneError extends Error {}

/**
 * Remembers which file a path names now.
 * @returns throws FileGoneError once the path names none or another one: it was deleted, moved away or put back from a
 * backup. Takes some microseconds. SQLite goes on writing there, and notices nothing.
 */
export function holdToFile(path: string): () => void {
  const known = statSync(path, { bigint: true });
  return () => {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (now?.ino === known.ino && now.dev === known.dev) return;
    throw new FileGoneError(
      `"${path}" was ${now === undefined ? 'deleted or moved away' : 'replaced by another file'} while it was open: a new journal begins`,
    );
  };
}
