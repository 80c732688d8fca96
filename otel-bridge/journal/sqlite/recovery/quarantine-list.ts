import type { DatabaseSync } from 'node:sqlite';
import type { QuarantinedFile } from '../../../domain/journal.ts';

const KEY = 'quarantined';

/** Damaged files that were put aside, newest first, as the journal remembers them. */
export function readQuarantined(database: DatabaseSync): QuarantinedFile[] {
  const value = database.prepare('SELECT value FROM meta WHERE key = ?').get(KEY)?.value;
  if (typeof value !== 'string') return [];
  try {
    return JSON.parse(value) as QuarantinedFile[];
  } catch {
    // The list itself was damaged; the files are there to see.
    return [];
  }
}

/** Remembers one more. */
export function addQuarantined(database: DatabaseSync, file: QuarantinedFile): void {
  database
    .prepare(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    )
    .run(KEY, JSON.stringify([file, ...readQuarantined(database)]));
}
