import { statSync } from 'node:fs';

/** Size of the journal's file and of what SQLite has not merged into it yet. */
export function journalSizeBytes(path: string): number {
  return sizeOf(path) + journalLogBytes(path);
}

/** Size of the write-ahead log of the journal's file. */
export function journalLogBytes(path: string): number {
  return sizeOf(`${path}-wal`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
