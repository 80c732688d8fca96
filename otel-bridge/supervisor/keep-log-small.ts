import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { setInterval } from 'node:timers';

const LIMIT_BYTES = 10 * 1024 * 1024;
const OLD_FILES = 3;
const CHECK_INTERVAL_MS = 60_000;

/** Options of `keepLogSmall`. */
export interface KeepLogSmallOptions {
  /** Size at which the file is put aside. @default 10 MiB */
  readonly limitBytes?: number;
  /** How often the size is looked at. @default 60000 */
  readonly intervalMs?: number;
  /** Is told when it could not be done; the next look tries again. */
  readonly onError: (error: Error) => void;
}

/**
 * Keeps the log file that this process and its children write to from growing: past the limit its content moves to
 * `<path>.1` (newest) to `<path>.3`. The first look is at once. Answers the function that ends it.
 */
export function keepLogSmall(path: string, options: KeepLogSmallOptions): () => void {
  const { limitBytes = LIMIT_BYTES, intervalMs = CHECK_INTERVAL_MS } = options;
  // One at a time: a second one would find the file still full and put it aside twice.
  let isRotating = false;
  const look = (): void => {
    if (isRotating) return;
    isRotating = true;
    rotateLog(path, limitBytes)
      .catch(options.onError)
      .finally(() => {
        isRotating = false;
      });
  };
  look();
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The file is copied and emptied rather than renamed: it was opened for appending by whoever started this process, and
 * every child writes on through the same handle. What is written between the two steps is lost.
 */
export async function rotateLog(path: string, limitBytes: number): Promise<void> {
  const stats = await stat(path).catch(ignoreMissing);
  if (stats === undefined || stats.size < limitBytes) return;
  await rm(`${path}.${OLD_FILES}`, { force: true });
  for (let n = OLD_FILES - 1; n >= 1; n -= 1) {
    await rename(`${path}.${n}`, `${path}.${n + 1}`).catch(ignoreMissing);
  }
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
