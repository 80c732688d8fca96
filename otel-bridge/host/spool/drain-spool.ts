import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isMissing, isSpooled, listBatches, sealQueue } from './append-to-spool.ts';

/** What became of a batch that was posted. `refused`: it is of no use to send it again. */
export type PostResult = 'sent' | 'refused';

/** Options of `drainSpool`. */
export interface DrainSpoolOptions {
  readonly folder: string;
  /** Delivers lines; resolves once they are durable. Rejects where it is to be tried again. */
  readonly post: (lines: Buffer) => Promise<PostResult>;
  /** How many batches at most. @default all */
  readonly maxBatches?: number;
}

const LOCK_FILE = 'drain.lock';
/** Longer than any post takes: who holds the lock that long is dead. */
const STALE_LOCK_MS = 60_000;
const NEWLINE = 0x0a;

/**
 * Delivers what a spool holds, in order, oldest batch first. One process at a time does so; others return at once.
 * What was delivered and not removed (the process died) is sent again: receivers know records by their ids.
 * @returns how many batches were delivered
 * @throws what `post` rejects with; what was not delivered stays
 */
export async function drainSpool({ folder, post, maxBatches }: DrainSpoolOptions): Promise<number> {
  if (!isSpooled(folder) || !lock(folder)) return 0;
  try {
    let sent = 0;
    while (sent < (maxBatches ?? Number.POSITIVE_INFINITY)) {
      const [oldest] = listBatches(folder);
      if (oldest === undefined) {
        if (!sealQueue(folder)) return sent;
        continue;
      }
      await deliver(folder, oldest, post);
      sent += 1;
      const now = new Date();
      utimesSync(join(folder, LOCK_FILE), now, now);
    }
    return sent;
  } finally {
    unlinkSync(join(folder, LOCK_FILE));
  }
}

async function deliver(folder: string, name: string, post: DrainSpoolOptions['post']): Promise<void> {
  const path = join(folder, name);
  const content = readFileSync(path);
  // What follows the last line end is no whole line, and what comes later is written once more by its writer.
  const lines = content.subarray(0, content.lastIndexOf(NEWLINE) + 1);
  const result = await post(lines);
  if (result === 'refused') renameSync(path, join(folder, 'refused.jsonl'));
  else unlinkSync(path);
}

function lock(folder: string): boolean {
  const path = join(folder, LOCK_FILE);
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return isStale(path) && removeStale(path) && lock(folder);
  }
}

function isStale(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_LOCK_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function removeStale(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
