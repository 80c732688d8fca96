import { type BigIntStats, statSync } from 'node:fs';

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

/**
 * Remembers which write-ahead log belongs to a journal that is open. SQLite goes on writing into one that was deleted,
 * and a crash would take every commit in it along.
 * @param merge merges all of the log into the journal's file; false where something was in the way
 * @returns throws FileGoneError once the log was deleted or replaced, and all that it held is in the file
 */
export function holdToLog(path: string, merge: () => boolean): () => void {
  const logPath = `${path}-wal`;
  const look = (): BigIntStats | undefined => statSync(logPath, { bigint: true, throwIfNoEntry: false });
  let known = look();
  return () => {
    const now = look();
    known ??= now;
    if (now?.ino === known?.ino && now?.dev === known?.dev) return;
    if (!merge())
      throw new Error(`"${logPath}" is gone, and what it held is not in the journal yet: it is tried again`);
    throw new FileGoneError(
      `"${logPath}" was deleted or replaced while it was open: what it held is in the journal, which is opened anew`,
    );
  };
}
