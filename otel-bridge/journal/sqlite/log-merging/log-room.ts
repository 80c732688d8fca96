import { closeSync, fdatasyncSync, openSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { RENEW_BYTES } from './log-merger.ts';

/** Written and synced at once, a few milliseconds. */
const PIECE = Buffer.alloc(1024 * 1024);
/** Of what the journal may take, its log takes no more than this part in advance. */
const LOG_SHARE = 0.05;
/** And of what is free on the disk. */
const FREE_SHARE = 0.01;

/** How much room is made. */
export interface LogRoomOptions {
  /** How large the journal's files may be in all. */
  readonly maxBytes: number;
  /** @default what is free on the disk */
  readonly freeBytes?: number;
  /** @default as long as the log gets before it begins anew */
  readonly wantedBytes?: number;
}

/**
 * Makes the write-ahead log as long as it gets, ahead of what is written into it: a sync of a file that has grown waits
 * for the file system's own journal, one within it does not (ext4: a half to a sixth of the time). Call what it returns
 * from the writer's thread alone, between transactions: nobody else writes into the log, and SQLite reads it no further
 * than its checksums go, which zeros have none of.
 * @returns what makes a piece of room; it answers whether there is more to make
 */
export function createLogRoom(
  path: string,
  { maxBytes, freeBytes = bytesFree(path), wantedBytes = RENEW_BYTES }: LogRoomOptions,
): () => boolean {
  const logPath = `${path}-wal`;
  let isOver = wantedBytes > Math.min(maxBytes * LOG_SHARE, freeBytes * FREE_SHARE);
  return () => {
    if (isOver) return false;
    const sizeBytes = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
    // One that has no header yet would be taken for a damaged one.
    if (sizeBytes === 0) return false;
    isOver = sizeBytes >= wantedBytes;
    if (isOver) return false;
    try {
      extend(logPath, sizeBytes);
    } catch {
      // Nothing was promised: without room the log grows as it is written, and appends tell of the disk.
      isOver = true;
    }
    return !isOver;
  };
}

function bytesFree(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

function extend(logPath: string, sizeBytes: number): void {
  const log = openSync(logPath, 'r+');
  try {
    writeSync(log, PIECE, 0, PIECE.length, sizeBytes);
    fdatasyncSync(log);
  } finally {
    closeSync(log);
  }
}
