import type { DatabaseSync } from 'node:sqlite';
import { unsyncedTransaction } from './transaction.ts';
import { upsertSql } from './upsert.ts';

/** So many are kept, the newest; more than anyone will look through. */
const MAX_LETTERS = 100_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** In the table `meta`: how many were given up since the journal began. */
const GIVEN_UP_KEY = 'dead_letters_given_up';

/** Bounds of `createDeadLetterLimit`. */
export interface DeadLetterBounds {
  readonly maxLetters?: number;
  readonly maxBytes?: number;
}

/**
 * Keeps dead letters from filling the disk while a store refuses everything: the oldest are given up, and counted.
 * @returns what looks and gives up what is too much; it costs nothing where none came since the last look
 */
export function createDeadLetterLimit(
  database: DatabaseSync,
  { maxLetters = MAX_LETTERS, maxBytes = MAX_BYTES }: DeadLetterBounds = {},
): () => void {
  const newest = database.prepare('SELECT max(id) AS id FROM dead_letters');
  const firstTooMany = database.prepare(
    `SELECT max(id) AS id FROM (
       SELECT id, row_number() OVER newest AS place, sum(length(record)) OVER newest AS bytes
       FROM dead_letters WINDOW newest AS (ORDER BY id DESC)) WHERE place > ? OR bytes > ?`,
  );
  const remove = database.prepare('DELETE FROM dead_letters WHERE id <= ?');
  const put = database.prepare(upsertSql('meta', ['key', 'value']));
  let seenId: unknown = null;
  return () => {
    const id = newest.get()?.id;
    if (id === seenId) return;
    seenId = id;
    const last = firstTooMany.get(maxLetters, maxBytes)?.id;
    if (typeof last !== 'number') return;
    unsyncedTransaction(database, () => {
      const { changes } = remove.run(last);
      put.run(GIVEN_UP_KEY, String(readGivenUp(database) + Number(changes)));
    });
  };
}

/** How many dead letters were given up since the journal began. */
export function readGivenUp(database: DatabaseSync): number {
  return Number(database.prepare('SELECT value FROM meta WHERE key = ?').get(GIVEN_UP_KEY)?.value ?? 0);
}
