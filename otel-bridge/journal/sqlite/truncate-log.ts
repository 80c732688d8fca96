import type { DatabaseSync } from 'node:sqlite';

/**
 * Merges the write-ahead log into the file and cuts it to nothing, where no reader is in the way; then it stays as it
 * is, since nobody waits for that.
 */
export function truncateLog(database: DatabaseSync): void {
  const timeoutMs = Number(database.prepare('PRAGMA busy_timeout').get()?.timeout);
  database.exec('PRAGMA busy_timeout = 0');
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
  }
}
