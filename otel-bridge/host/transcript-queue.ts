import type { FilePosition } from './follower-state.ts';
import type { FoundFile } from './scan-transcripts.ts';

/** A file that stays as it is for this long is told to its end. */
export const ENDED_AFTER_MS = 30_000;

/** The kernel's clock for files ticks so seldom: a file changed just now may look that much older. */
const FILE_TIME_TICK_MS = 20;

/** A file that has something to be read. */
export interface QueuedFile {
  readonly found: FoundFile;
  /** True for what changed while we look on: it goes before what was there already. */
  readonly live: boolean;
}

/** The files that wait to be read. */
export interface TranscriptQueue {
  /** Adds a file, or replaces what is known of it. */
  offer(found: FoundFile, live: boolean): void;
  /** The next to read: what changes now, then the newest. */
  take(): QueuedFile | undefined;
  readonly size: number;
}

/** Creates an empty queue. */
export function createTranscriptQueue(): TranscriptQueue {
  const waiting = new Map<string, QueuedFile>();
  let sorted: QueuedFile[] | null = null;
  return {
    offer(found, live) {
      const known = waiting.get(found.path);
      waiting.set(found.path, { found, live: live || known?.live === true });
      sorted = null;
    },
    take() {
      // Sorted once for thousands of files, not for each.
      sorted ??= [...waiting.values()].sort(lastFirst);
      const next = sorted.pop();
      if (next !== undefined) waiting.delete(next.found.path);
      return next;
    },
    get size() {
      return waiting.size;
    },
  };
}

function lastFirst(a: QueuedFile, b: QueuedFile): number {
  return Number(a.live) - Number(b.live) || a.found.modifiedMs - b.found.modifiedMs;
}

/** True where a file has more than was read of it, or has ended and was not told to its end. */
export function hasNews(
  { inode, sizeBytes, modifiedMs }: FoundFile,
  known: FilePosition | undefined,
  cutoffMs: number,
  nowMs: number,
): boolean {
  if (known === undefined) return isWithin(modifiedMs, cutoffMs) && sizeBytes > 0;
  if (inode !== known.inode || sizeBytes !== known.sizeBytes || modifiedMs !== known.modifiedMs) return true;
  return !known.finished && hasEnded(modifiedMs, nowMs);
}

/** True where a file may hold something from the cutoff on. */
export function isWithin(modifiedMs: number, cutoffMs: number): boolean {
  return modifiedMs >= cutoffMs - FILE_TIME_TICK_MS;
}

/** True where a file has not changed for so long that nothing more comes soon. */
export function hasEnded(modifiedMs: number, nowMs: number): boolean {
  return nowMs - modifiedMs > ENDED_AFTER_MS;
}
