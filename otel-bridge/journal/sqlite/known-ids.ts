import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { upsertSql } from './upsert.ts';

const DAY_MS = 86_400_000;
/** In the table `meta`: the latest moment that anything pruned belongs to, unix ms. */
const UNTIL_KEY = 'known_until_ms';

/**
 * Identities of what was pruned, eight bytes each, so that it counts nothing and shows nothing when it is told once
 * more. Of ten million of them, one in 10^12 new ones is taken for known.
 */
export interface KnownIds {
  /** @param atMs when it happened, unix ms */
  add(key: string, atMs: number): void;
  /**
   * True where it was pruned.
   * @param tsMs time of the event that tells of it, unix ms: what is newer than anything pruned is not looked up
   */
  has(key: string, tsMs: number): boolean;
}

/** Identity of an event that was pruned, beside the keys of facts: its fact may still be there, or the other way round. */
export function prunedEventKey(id: string): string {
  return `pruned:${id}`;
}

/** Opens the identities on the journal's writing connection. */
export function createKnownIds(database: DatabaseSync): KnownIds {
  const insert = database.prepare('INSERT OR IGNORE INTO known_ids (id) VALUES (?)');
  const select = database.prepare('SELECT 1 FROM known_ids WHERE id = ?');
  const putUntil = database.prepare(upsertSql('meta', ['key', 'value']));
  const told = database.prepare('SELECT value FROM meta WHERE key = ?').get(UNTIL_KEY)?.value;
  const hasAny = database.prepare('SELECT 1 FROM known_ids LIMIT 1').get() !== undefined;
  // Lost with a damaged file, it may be any time.
  const unknownMs = hasAny ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  let untilMs = told === undefined ? unknownMs : Number(told);
  return {
    add(key, atMs) {
      insert.run(idOf(key));
      if (atMs <= untilMs) return;
      untilMs = atMs;
      putUntil.run(UNTIL_KEY, String(untilMs));
    },
    // Sources tell somewhat different times of one thing.
    has: (key, tsMs) => tsMs <= untilMs + DAY_MS && select.get(idOf(key)) !== undefined,
  };
}

function idOf(key: string): bigint {
  return hash('sha256', key, 'buffer').readBigUInt64BE(0) >> 2n;
}
