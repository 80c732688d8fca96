import type { DatabaseSync } from 'node:sqlite';
import { isDatabaseError } from '../sqlite-error.ts';
import type { MergeThread } from './merge-thread.ts';

/** Frames (a page of 4 KiB each) that wait in the log before the thread merges them. */
const BEGIN_FRAMES = 3000;
/** A log so long begins anew as soon as next to nothing waits in it: 16 MiB. */
const RENEW_FRAMES = 4000;
/** The same in bytes: a page of 4 KiB and its header each. */
export const RENEW_BYTES = RENEW_FRAMES * (4096 + 24);
/** That much the writer merges itself, which takes it some milliseconds. */
const REST_FRAMES = 150;
/** So long it never gets: where the thread cannot keep up, those who append wait, 64 MiB. */
const MOST_FRAMES = 16_000;
/** After an attempt that brought nothing (a reader, a disk that takes nothing) it is left alone for so long, ms. */
const PAUSE_MS = 1000;

/**
 * The first SQLite whose log may be merged while it is written to: before it, one that was begun anew at the same moment
 * could lose commits (sqlite.org/wal.html#walresetbug).
 */
const SAFE_VERSION = [3, 51, 3] as const;

/** Frames of the log, and how many of them are in the journal's file as well. */
interface Log {
  readonly frames: number;
  readonly merged: number;
}

/** Keeps the write-ahead log short without letting those wait who append. */
export interface LogMerger extends Disposable {
  /** Looks whether there is something to merge. Call it between transactions: it costs next to nothing. */
  step(): void;
}

/** True for a SQLite that takes a merge beside its writer. @param version as `process.versions.sqlite` */
export function canMergeBeside(version: string | undefined): boolean {
  if (version === undefined) return false;
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of SAFE_VERSION.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/**
 * Takes merging over from SQLite, on the journal's writing connection: SQLite itself would do it within a commit, and
 * everybody who appends would wait for thousands of pages to reach the disk. Most of it is done by the thread; the writer
 * merges the last few pages, since the log begins anew only when none waits and nobody else can see to that.
 */
export function createLogMerger(
  database: DatabaseSync,
  thread: MergeThread,
  clock: () => number = () => performance.now(),
): LogMerger {
  database.exec('PRAGMA wal_autocheckpoint = 0');
  const look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const merge = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  /** Until then the writer, and the thread, leave it alone. */
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let threadUntilMs = Number.NEGATIVE_INFINITY;
  /** What the log was like when the thread was asked; null = it was not since. */
  let asked: Log | null = null;

  const read = (): Log => {
    const { log, checkpointed } = look.get() ?? {};
    return { frames: Number(log), merged: Number(checkpointed) };
  };

  /** What cannot be merged now is merged later, as SQLite itself has it: appends tell of the disk. */
  const unlessDiskFails = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!isDatabaseError(error)) throw error;
    }
  };

  const step = (): void => {
    const now = read();
    const { frames, merged } = now;
    if (asked !== null && merged === asked.merged && frames >= asked.frames)
      threadUntilMs = clock() + PAUSE_MS;
    asked = null;
    const waiting = frames - merged;
    if (waiting === 0 || (waiting < BEGIN_FRAMES && frames < RENEW_FRAMES)) return;
    const isForWriter = frames >= MOST_FRAMES || waiting <= REST_FRAMES;
    if (isForWriter && clock() >= restUntilMs) {
      // Where a reader keeps the log from beginning anew, it is as long as before.
      restUntilMs = clock() + PAUSE_MS;
      merge.run();
    } else if (waiting > REST_FRAMES && clock() >= threadUntilMs) {
      asked = now;
      thread.begin();
    }
  };

  return {
    step() {
      if (!thread.isBusy) unlessDiskFails(step);
    },
    [Symbol.dispose]: () => thread[Symbol.dispose](),
  };
}
