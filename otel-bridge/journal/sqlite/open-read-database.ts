import { DatabaseSync } from 'node:sqlite';
import { MonitorError } from '../../domain/error.ts';

/** How long a reader waits for a lock; in WAL mode only recovery after a crash takes one. */
const BUSY_TIMEOUT_MS = 2000;
const CACHE_KIB = 32_768;
/** Mapped pages count as resident: no more of them than memory is promised for. */
const MMAP_BYTES = 1 << 25;

/**
 * Opens the journal's file for reading. It sees each commit of the writer as soon as it is made and never blocks it.
 * @throws MonitorError `unavailable` where the file is missing or cannot be read.
 */
export function openReadDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    database.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`);
    database.exec('PRAGMA temp_store = MEMORY');
    return database;
  } catch (error) {
    throw new MonitorError(
      'unavailable',
      `Cannot read journal "${path}": ${error instanceof Error ? error.message : String(error)}. Start the bridge first with "monitor up"`,
      { cause: error },
    );
  }
}

/** Runs `work` on one state of the journal, whatever is written meanwhile. */
export function snapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN');
  try {
    return work();
  } finally {
    database.exec('COMMIT');
  }
}
