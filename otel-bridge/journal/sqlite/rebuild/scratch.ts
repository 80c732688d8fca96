import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../open-database.ts';

/** A database beside the journal, of the same schema, that nobody misses. */
export interface Scratch extends Disposable {
  readonly database: DatabaseSync;
}

/** Makes an empty one; what a killed process left behind goes first. */
export function openScratch(journalPath: string): Scratch {
  const path = `${journalPath}.rebuild`;
  removeScratch(journalPath);
  const database = openDatabase(path);
  database.exec('PRAGMA synchronous = OFF');
  return {
    database,
    [Symbol.dispose]() {
      database.close();
      removeScratch(journalPath);
    },
  };
}

/** Removes what an interrupted rebuild has left. */
export function removeScratch(journalPath: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${journalPath}.rebuild${suffix}`, { force: true });
}
