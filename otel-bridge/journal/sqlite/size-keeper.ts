import type { DatabaseSync } from 'node:sqlite';
import { startOfDay } from '../../domain/calendar.ts';
import { MonitorError } from '../../domain/error.ts';
import { IS_ACTIVITY, IS_USAGE, PERIOD, PERIOD_MS } from './fact-sums.ts';
import { journalLogBytes, journalSizeBytes } from './journal-size.ts';
import type { Pruner } from './prune.ts';
import { truncateLog } from './truncate-log.ts';

/** Old days begin to go at this part of the limit, so that appends are seldom refused. */
const PRUNE_FROM = 0.9;
/** Free pages are given back from this part of it; what is written meanwhile is in the log. */
const GIVE_BACK_FROM = 0.95;
/** A write-ahead log that is larger than this part of the limit is merged rather than left for the next time. */
const LOG_SHARE = 0.1;
/** Where nothing can be deleted for now, it is tried again after this long. */
const RETRY_MS = 1000;
const DAY_MS = 86_400_000;
/** Free pages that are kept for what comes: giving them back costs as much as writing them. */
const KEPT_FREE_BYTES = 64 * 1024 * 1024;
/** Pages that are given back in one step. */
const VACUUM_PAGES = 256;

/** Keeps the journal within its size: oldest days go first, what was not delivered never does. */
export interface SizeKeeper {
  /** Frees a little, where there is too much. @returns true where there is more to do at once */
  step(): boolean;
  /** Looks how large the journal is, so that the next `assertRoom` need not. */
  look(): void;
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
    `SELECT min(ts_ms) AS ts_ms FROM (
       SELECT (SELECT min(ts_ms) FROM events) AS ts_ms
       UNION ALL SELECT (SELECT min(${PERIOD}) * ${PERIOD_MS} FROM facts WHERE ${IS_USAGE})
       UNION ALL SELECT (SELECT min(${PERIOD}) * ${PERIOD_MS} FROM facts WHERE ${IS_ACTIVITY}))`,
  );
  let usedBytes = 0;
  let logBytes = 0;
  let diskBytes = 0;
  let freeBytes = 0;
  /** Whether nothing was appended since the last look. */
  let hasLooked = false;
  let retryAtMs = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    freeBytes = freePages() * pageBytes;
    logBytes = journalLogBytes(path);
    usedBytes = pageCount() * pageBytes - freeBytes + logBytes;
    diskBytes = journalSizeBytes(path);
    hasLooked = true;
  };

  /** Deletes of the oldest day, or of whatever may go where that day holds nothing more that may. */
  const prune = (): boolean => {
    const nowMs = now();
    const oldestMs = Math.min(Number(oldest.get()?.ts_ms ?? nowMs), nowMs);
    return [oldestMs, nowMs].some((tsMs) => {
      const { events, facts } = pruner.step({ beforeMs: dayAfter(tsMs, timezone) }, nowMs);
      return events + facts > 0;
    });
  };

  /** Cuts free pages off the file. It is shorter on disk once the log, which says so, is merged. */
  const giveBack = (): boolean => {
    const isTooLarge = diskBytes > maxBytes * GIVE_BACK_FROM;
    if (!isTooLarge && freeBytes <= Math.max(KEPT_FREE_BYTES, usedBytes)) return false;
    const hasFree = givesBack && freeBytes > 0;
    if (hasFree) database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    else if (isTooLarge && performance.now() >= retryAtMs) {
      truncateLog(database);
      retryAtMs = performance.now() + RETRY_MS;
    }
    return hasFree;
  };

  return {
    step() {
      look();
      if (usedBytes <= maxBytes * PRUNE_FROM || performance.now() < retryAtMs) return giveBack();
      if (logBytes > maxBytes * LOG_SHARE) truncateLog(database);
      const hasFreed = prune();
      if (!hasFreed) retryAtMs = performance.now() + RETRY_MS;
      return hasFreed;
    },
    look,
    assertRoom() {
      if (!hasLooked) look();
      hasLooked = false;
      if (usedBytes < maxBytes) return;
      const waiting = Number(database.prepare('SELECT count(*) AS count FROM outbox').get()?.count);
      throw new MonitorError(
        'unavailable',
        `it holds ${megabytes(usedBytes)} and may hold ${megabytes(maxBytes)} ("retention.journal_size"); ${
          waiting === 0
            ? 'its oldest days are being deleted'
            : `${waiting} records in it wait for their targets, and those are not deleted`
        }`,
        { retryAfterS: 1 },
      );
    },
  };
}

/** The moment the day after that of `tsMs` begins; no day is shorter than 23 hours. */
function dayAfter(tsMs: number, timezone: string): number {
  return startOfDay(startOfDay(tsMs, timezone) + 1.5 * DAY_MS, timezone);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
