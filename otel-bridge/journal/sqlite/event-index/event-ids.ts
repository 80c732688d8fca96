import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type BulkIndex, createBulkIndex } from './bulk-index.ts';

/** Bytes of SHA-256 that stand for an id: two ids never have the same. */
const DIGEST_BYTES = 16;
/** By the first byte. */
const PARTS = 256;
/** About 80 bytes each. */
const MAX_WAITING = 65_536;

/** Knows the id of every event in the journal. */
export interface EventIds {
  /** Takes the id of an event that is stored in this transaction. @returns false where the journal has it already */
  take(id: string, seq: number): boolean;
  /** Forgets the id of an event that is deleted in this transaction; one that waits may be known for a while. */
  remove(id: string): void;
  /** How these are written. */
  readonly index: BulkIndex<string>;
}

/** Opens the ids on the journal's writing connection. @param options.maxWaiting ids that wait, for tests */
export function openEventIds(
  database: DatabaseSync,
  { maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {},
): EventIds {
  const select = database.prepare('SELECT 1 FROM event_ids WHERE digest = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO event_ids (digest) VALUES (?)');
  const remove = database.prepare('DELETE FROM event_ids WHERE digest = ?');
  const index = createBulkIndex<string>({
    database,
    name: 'ids',
    parts: PARTS,
    partOf: (digest) => digest.charCodeAt(0),
    maxWaiting,
    sort: (digests) => digests.sort(),
    insert: (digest) => {
      insert.run(toBytes(digest));
    },
  });
  return {
    take(id, seq) {
      const digest = digestOf(id);
      if (index.isWaiting(digest)) return false;
      const bytes = toBytes(digest);
      if (select.get(bytes) !== undefined) return false;
      // A text of its own: a part of one keeps the whole in memory.
      index.take(bytes.toString('latin1'), seq);
      return true;
    },
    remove(id) {
      remove.run(toBytes(digestOf(id)));
    },
    index,
  };
}

function digestOf(id: string): string {
  return hash('sha256', id, 'binary').slice(0, DIGEST_BYTES);
}

function toBytes(digest: string): Buffer {
  return Buffer.from(digest, 'latin1');
}
