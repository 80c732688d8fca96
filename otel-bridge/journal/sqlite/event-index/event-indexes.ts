import type { DatabaseSync } from 'node:sqlite';
import { isDatabaseError } from '../sqlite-error.ts';
import { transaction, unsyncedTransaction } from '../transaction.ts';
import { openEventIds } from './event-ids.ts';
import { openSessionEvents } from './session-events.ts';

/** Events that are read at once, at the start. */
const CHUNK_EVENTS = 10_000;

/** What an index needs of an event. */
export interface IndexedEvent {
  readonly seq: number;
  readonly id: string;
  readonly tsMs: number;
  readonly sessionId: string | null;
}

/** Indexes of the table `events` that are written many entries at once. */
export interface EventIndexes {
  /** Takes an event that is to be stored in this transaction. @returns false where the journal has its id already */
  take(event: IndexedEvent): boolean;
  /** Forgets an event that is deleted in this transaction. */
  remove(event: IndexedEvent): void;
  /** Runs a transaction in which events are taken: what is too much to wait is written with it. */
  transaction<T>(work: () => T): T;
  /** Writes what readers would have to look through, while nothing else is to be done. */
  settle(): void;
  /** Writes all that waits, so that the next start has nothing to read. */
  close(): void;
}

/** Opens the indexes on the journal's writing connection, and takes what waited when it was last closed. */
export function openEventIndexes(
  database: DatabaseSync,
  options: { readonly maxWaiting?: number } = {},
): EventIndexes {
  const ids = openEventIds(database, options);
  const sessions = openSessionEvents(database, options);
  const indexes = [ids.index, sessions.index];

  const within = <T>(work: () => T, run = transaction<T>): T => {
    try {
      const result = run(database, work);
      for (const index of indexes) index.committed();
      return result;
    } catch (error) {
      for (const index of indexes) index.rolledBack();
      throw error;
    }
  };

  /** What is too much to wait is written with it. */
  const taking = <T>(work: () => T): T =>
    within(() => {
      const done = work();
      for (const index of indexes) index.flush();
      return done;
    });

  const load = (): void => {
    const select = database.prepare(
      `SELECT seq, id, ts_ms, session_id FROM events WHERE seq > ? ORDER BY seq LIMIT ${CHUNK_EVENTS}`,
    );
    let seq = Math.min(...indexes.map(({ indexedSeq }) => indexedSeq));
    for (let rows = select.all(seq); rows.length > 0; rows = select.all(seq)) {
      taking(() => {
        for (const row of rows) {
          seq = Number(row.seq);
          if (seq > ids.index.indexedSeq) ids.take(String(row.id), seq);
          if (row.session_id !== null && seq > sessions.index.indexedSeq)
            sessions.take({ sessionId: String(row.session_id), tsMs: Number(row.ts_ms), seq });
        }
      });
    }
  };

  load();
  return {
    take({ id, seq, tsMs, sessionId }) {
      if (!ids.take(id, seq)) return false;
      if (sessionId !== null) sessions.take({ sessionId, tsMs, seq });
      return true;
    },
    remove({ id, seq, tsMs, sessionId }) {
      ids.remove(id);
      if (sessionId !== null) sessions.remove({ sessionId, tsMs, seq });
    },
    transaction: taking,
    settle() {
      if (sessions.index.waiting === 0) return;
      // Read from the events again, should the machine lose power before the next sync.
      within(() => sessions.index.flush('all'), unsyncedTransaction);
    },
    close() {
      try {
        within(() => {
          for (const index of indexes) index.flush('all');
        });
      } catch (error) {
        // A disk that takes nothing more: the next start reads it from the events.
        if (!isDatabaseError(error)) throw error;
      }
    },
  };
}
