import type { DatabaseSync } from 'node:sqlite';
import { startOfDay } from '../../domain/calendar.ts';
import { MonitorError } from '../../domain/error.ts';
import { journalSizeBytes } from './journal-size.ts';
import type { Pruner } from './prune.ts';

/** Old days begin to go at this part of the limit, so that appends are seldom refused. */
const PRUNE_FROM = 0.9;
/** How long a look at the size holds, ms. */
const LOOK_MS = 200;
/** After a time in which nothing could be deleted. */
const RETRY_MS = 5000;
const DAY_MS = 86_400_000;
/** Free pages that are kept for what comes: giving them back costs as much as writing them. */
const KEPT_FREE_BYTES = 64 * 1024 * 1024;
/** Pages that are given back in one step. */
const VACUUM_PAGES = 256;

/** Keeps the journal within its size: oldest days go first, what was not delivered never does. */
export interface SizeKeeper {
  /** Frees a little, where there is too much. @returns true where there is more to do at once */
  step(): boolean;
  /** @throws MonitorError `unavailable` while the journal is as large as it may be */
  assertRoom(): void;
}

/** What the keeper works with. */
export interface SizeKeeperOptions {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly pruner: Pruner;
  /** How large the files may be in all, as far as it depends on the journal. */
  readonly maxBytes: number;
  /** IANA name of the zone that days are cut in. */
  readonly timezone: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** Creates the keeper on the journal's writing connection. */
export function createSizeKeeper(options: SizeKeeperOptions): SizeKeeper {
  const { database, path, pruner, maxBytes, timezone, now } = options;
  const pragma = (name: string): (() => number) => {
    const statement = database.prepare(`PRAGMA ${name}`);
    return () => Number(Object.values(statement.get() ?? {})[0]);
  };
  const pageCount = pragma('page_count');
  const freePages = pragma('freelist_count');
  const pageBytes = pragma('page_size')();
  const givesBack = pragma('auto_vacuum')() === 2;
  const oldest = database.prepare(
    `SELECT min((SELECT coalesce(min(ts_ms), 9e15) FROM events),
       (SELECT coalesce(min(at_ms), 9e15) FROM facts WHERE superseded = 0)) AS ts_ms`,
  );
  let usedBytes = 0;
  let freeBytes = 0;
  let lookAtMs = Number.NEGATIVE_INFINITY;
  let retryAtMs = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    const nowMs = performance.now();
    if (nowMs < lookAtMs) return;
    lookAtMs = nowMs + LOOK_MS;
    freeBytes = freePages() * pageBytes;
    // What the write-ahead log holds is on disk as well.
    const loggedBytes = journalSizeBytes(path) - Math.min(journalSizeBytes(path), pageCount() * pageBytes);
    usedBytes = pageCount() * pageBytes - freeBytes + loggedBytes;
  };

  /** Deletes of the oldest day, or of whatever may go where that day holds nothing more that may. */
  const prune = (): boolean => {
    const nowMs = now();
    const tomorrowMs = startOfDay(startOfDay(nowMs, timezone) + 1.5 * DAY_MS, timezone);
    const oldestMs = Number(oldest.get()?.ts_ms);
    const dayAfterMs = startOfDay(startOfDay(oldestMs, timezone) + 1.5 * DAY_MS, timezone);
    return [dayAfterMs, tomorrowMs].some((beforeMs) => {
      const { events, facts } = pruner.step({ beforeMs: Math.min(beforeMs, tomorrowMs) }, nowMs);
      return events + facts > 0;
    });
  };

  const giveBack = (): boolean => {
    const isTooLarge = usedBytes + freeBytes > maxBytes || freeBytes > Math.max(KEPT_FREE_BYTES, usedBytes);
    if (!givesBack || freeBytes === 0 || !isTooLarge) return false;
    database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    return true;
  };

  return {
    step() {
      look();
      if (usedBytes <= maxBytes * PRUNE_FROM || performance.now() < retryAtMs) return giveBack();
      lookAtMs = Number.NEGATIVE_INFINITY;
      const hasFreed = prune();
      if (!hasFreed) retryAtMs = performance.now() + RETRY_MS;
      return hasFreed;
    },
    assertRoom() {
      look();
      if (usedBytes < maxBytes) return;
      const waiting = Number(database.prepare('SELECT count(*) AS count FROM outbox').get()?.count);
      throw new MonitorError(
        'unavailable',
        `it holds ${megabytes(usedBytes)} and may hold ${megabytes(maxBytes)} ("retention.journal_size"); ${waiting} records in it wait for their targets, and those are not deleted`,
        { retryAfterS: 1 },
      );
    },
  };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
