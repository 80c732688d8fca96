import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Where lines are added. When it is large enough it becomes a batch. */
export const QUEUE_FILE = 'queue.jsonl';
/** Which parts of a spool were thrown away because it was full, a line each. */
export const DROPPED_FILE = 'dropped.log';
const BATCH_PREFIX = 'batch-';
/** How large a batch is, about. */
const BATCH_BYTES = 1024 * 1024;
/** How many batches are kept: with the queue some 64 MiB. */
const MAX_BATCHES = 64;

/**
 * Keeps a line until it can be delivered. Any number of processes may do so at once: a line is one write at the end of
 * a file, so lines neither mix nor vanish. One that was written after its file had become a batch, which may have been
 * read by then, is written once more: receivers know it by its id. Files are for their owner alone. When the spool is full
 * the oldest lines go. @throws the file system's own error where nothing can be written
 */
export function appendToSpool(folder: string, line: string): void {
  // A line that another process left unfinished must not swallow this one.
  const text = `\n${line}\n`;
  for (let kept = false; !kept; ) {
    const file = openQueue(folder);
    try {
      writeSync(file, text);
      const { ino, size } = fstatSync(file, { bigint: true });
      kept = statSync(join(folder, QUEUE_FILE), { bigint: true, throwIfNoEntry: false })?.ino === ino;
      if (kept && size >= BATCH_BYTES) sealQueue(folder);
    } finally {
      closeSync(file);
    }
  }
}

/** Makes the queue a batch, which nobody adds to any more. @returns false where there is no queue */
export function sealQueue(folder: string): boolean {
  const name = `${BATCH_PREFIX}${String(Date.now()).padStart(15, '0')}-${process.hrtime.bigint()}-${process.pid}.jsonl`;
  try {
    renameSync(join(folder, QUEUE_FILE), join(folder, name));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  for (const full of listBatches(folder).slice(0, -MAX_BATCHES)) drop(folder, full);
  return true;
}

/** Makes the queue a batch where it is large enough for one. */
export function sealLargeQueue(folder: string): void {
  try {
    if (statSync(join(folder, QUEUE_FILE)).size >= BATCH_BYTES) sealQueue(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Names of the batches, oldest first. */
export function listBatches(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(BATCH_PREFIX))
    .sort();
}

/** True where something waits to be delivered. */
export function isSpooled(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name === QUEUE_FILE || name.startsWith(BATCH_PREFIX));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function openQueue(folder: string): number {
  const path = join(folder, QUEUE_FILE);
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  }
}

function drop(folder: string, name: string): void {
  const path = join(folder, name);
  try {
    const { size } = statSync(path);
    unlinkSync(path);
    appendFileSync(join(folder, DROPPED_FILE), `${new Date().toISOString()} ${size} bytes\n`, {
      mode: 0o600,
    });
  } catch (error) {
    // Another process was faster.
    if (!isMissing(error)) throw error;
  }
}
