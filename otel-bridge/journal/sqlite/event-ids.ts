import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** Bytes of SHA-256 that stand for an id: two ids never have the same. */
const DIGEST_BYTES = 16;
/** Parts of the range of digests. Those of one part lie side by side in the index. */
const PARTS = 256;
/** Ids that wait in memory to be written, about 100 bytes each. */
const MAX_WAITING = 65_536;
/** Events that are read at once, at the start. */
const CHUNK_EVENTS = 10_000;

/**
 * Knows the id of every event in the journal. Ids are random: an index that is written with each event writes a page
 * for each, and that costs more than all the rest. So new ids wait in memory, and go to the index many at once, sorted.
 * What waited when the process was killed is read from the events themselves.
 */
export interface EventIds {
  /** Takes the id of an event that is stored in this transaction. @returns false where the journal has it already */
  take(id: string, seq: number): boolean;
  /** Forgets the id of an event that is deleted in this transaction; one that waits may be known for a while. */
  remove(id: string): void;
  /** Writes what is too much to wait. Call it before a transaction ends in which ids were taken. */
  flush(): void;
  /** The transaction is on disk. */
  committed(): void;
  /** The transaction failed: nothing of it happened. */
  rolledBack(): void;
}

/** Opens the ids on the journal's writing connection. @param options.maxWaiting ids that wait, for tests */
export function openEventIds(
  database: DatabaseSync,
  { maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {},
): EventIds {
  const select = database.prepare('SELECT 1 FROM event_ids WHERE digest = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO event_ids (digest) VALUES (?)');
  const remove = database.prepare('DELETE FROM event_ids WHERE digest = ?');
  const putIndexed = database.prepare(
    'INSERT INTO event_ids_state (id, indexed_seq) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET indexed_seq = excluded.indexed_seq',
  );
  const indexed = database.prepare('SELECT indexed_seq FROM event_ids_state').get()?.indexed_seq;
  const parts = Array.from({ length: PARTS }, () => new Set<string>());
  let waiting = 0;
  let newestSeq = Number(indexed ?? 0);
  /** Where the next flush goes on, and which events had come when it was last at the first part. */
  let place = { part: 0, startSeq: newestSeq };

  // Of the transaction that is open.
  let taken: string[] = [];
  let written: Set<string>[] = [];
  let nextPlace = place;

  const partOf = (digest: string): Set<string> => parts[digest.charCodeAt(0) % PARTS] as Set<string>;

  const flush = (): void => {
    for (let left = waiting; left > maxWaiting; ) {
      const { part, startSeq } = nextPlace;
      const digests = parts[part] as Set<string>;
      for (const digest of [...digests].sort()) insert.run(toBytes(digest));
      written.push(digests);
      left -= digests.size;
      if (part + 1 < PARTS) nextPlace = { part: part + 1, startSeq };
      else {
        // Every part was written since: whatever had come by then is in the index.
        putIndexed.run(startSeq);
        nextPlace = { part: 0, startSeq: newestSeq };
      }
    }
  };

  const committed = (): void => {
    for (const digests of written) {
      waiting -= digests.size;
      digests.clear();
    }
    place = nextPlace;
    taken = [];
    written = [];
  };

  const take = (id: string, seq: number): boolean => {
    newestSeq = seq;
    const digest = digestOf(id);
    const part = partOf(digest);
    if (part.has(digest) || select.get(toBytes(digest)) !== undefined) return false;
    part.add(digest);
    taken.push(digest);
    waiting += 1;
    return true;
  };

  const load = (): void => {
    const selectEvents = database.prepare(
      `SELECT seq, id FROM events WHERE seq > ? ORDER BY seq LIMIT ${CHUNK_EVENTS}`,
    );
    for (let rows = selectEvents.all(newestSeq); rows.length > 0; rows = selectEvents.all(newestSeq)) {
      for (const row of rows) take(String(row.id), Number(row.seq));
      database.exec('BEGIN IMMEDIATE');
      flush();
      database.exec('COMMIT');
      committed();
    }
  };

  load();
  return {
    take,
    remove(id) {
      remove.run(toBytes(digestOf(id)));
    },
    flush,
    committed,
    rolledBack() {
      for (const digest of taken) if (partOf(digest).delete(digest)) waiting -= 1;
      taken = [];
      written = [];
      nextPlace = place;
    },
  };
}

function digestOf(id: string): string {
  return hash('sha256', id, 'binary').slice(0, DIGEST_BYTES);
}

function toBytes(digest: string): Uint8Array {
  return Buffer.from(digest, 'latin1');
}
