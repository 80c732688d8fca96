import type { DatabaseSync } from 'node:sqlite';

/**
 * An index of events that is written many entries at once. Entries that lie anywhere in an index cost a page each when
 * they are written with their event, which is more than all the rest; so they wait in memory, in parts of neighbours,
 * and a whole part is written at once, in order. What waited when the process was killed is read from the events again.
 */
export interface BulkIndex<T> {
  /** True where an entry waits. */
  isWaiting(entry: T): boolean;
  /** Takes the entry of an event that is stored in this transaction. */
  take(entry: T, seq: number): void;
  /** Writes what is too much to wait, or all of it. Call it before a transaction ends in which entries were taken. */
  flush(all?: 'all'): void;
  /** The transaction is on disk. */
  committed(): void;
  /** The transaction failed: nothing of it happened. */
  rolledBack(): void;
  /** How many entries wait. */
  readonly waiting: number;
  /** Events up to this one were in the index when it was opened. */
  readonly indexedSeq: number;
}

/** How an index is kept. */
export interface BulkIndexOptions<T> {
  readonly database: DatabaseSync;
  /** In the table `event_indexes`. */
  readonly name: string;
  /** Into how many parts its range is cut. */
  readonly parts: number;
  /** The part of an entry, any integer from 0. */
  readonly partOf: (entry: T) => number;
  readonly maxWaiting: number;
  /** Entries of one part in the order of the index. */
  readonly sort: (entries: T[]) => T[];
  /** Writes an entry, which may be there already. */
  readonly insert: (entry: T) => void;
}

/** Opens an index on the journal's writing connection. What waited must be taken again. */
export function createBulkIndex<T>(options: BulkIndexOptions<T>): BulkIndex<T> {
  const { database, name, partOf, maxWaiting, sort, insert } = options;
  const putIndexed = database.prepare(
    'INSERT INTO event_indexes (name, indexed_seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET indexed_seq = excluded.indexed_seq',
  );
  const state = database.prepare('SELECT indexed_seq FROM event_indexes WHERE name = ?').get(name);
  const indexedSeq = Number(state?.indexed_seq ?? 0);
  const parts = Array.from({ length: options.parts }, () => new Set<T>());
  let waiting = 0;
  let newestSeq = indexedSeq;
  let committedSeq = indexedSeq;
  /** Where the next flush goes on, and which events had come when it was last at the first part. */
  let place = { part: 0, startSeq: indexedSeq };

  // Of the transaction that is open.
  let taken: T[] = [];
  let written: Set<T>[] = [];
  let nextPlace = place;

  const setOf = (entry: T): Set<T> => parts[partOf(entry) % parts.length] as Set<T>;
  const write = (entries: Set<T>): void => {
    for (const entry of sort([...entries])) insert(entry);
    written.push(entries);
  };

  return {
    isWaiting: (entry) => setOf(entry).has(entry),
    take(entry, seq) {
      newestSeq = seq;
      setOf(entry).add(entry);
      taken.push(entry);
      waiting += 1;
    },
    flush(all) {
      if (all === 'all') {
        for (const entries of parts) write(entries);
        putIndexed.run(name, newestSeq);
        nextPlace = { part: 0, startSeq: newestSeq };
        return;
      }
      for (let left = waiting; left > maxWaiting; ) {
        const { part, startSeq } = nextPlace;
        const entries = parts[part] as Set<T>;
        write(entries);
        left -= entries.size;
        if (part + 1 < parts.length) nextPlace = { part: part + 1, startSeq };
        else {
          // Every part was written since: whatever had come by then is in the index.
          putIndexed.run(name, startSeq);
          nextPlace = { part: 0, startSeq: newestSeq };
        }
      }
    },
    committed() {
      for (const entries of written) {
        waiting -= entries.size;
        entries.clear();
      }
      place = nextPlace;
      committedSeq = newestSeq;
      taken = [];
      written = [];
    },
    rolledBack() {
      for (const entry of taken) if (setOf(entry).delete(entry)) waiting -= 1;
      taken = [];
      written = [];
      // Its positions are given again.
      newestSeq = committedSeq;
      nextPlace = place;
    },
    get waiting() {
      return waiting;
    },
    indexedSeq,
  };
}
