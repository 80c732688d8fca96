import { copyFile, open, rename, rm, stat, truncate } from 'node:fs/promises';

/** Size at which the log file is put aside. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** How many older files are kept: `bridge.log.1` (newest) to `bridge.log.3`. */
export const OLD_LOGS = 3;

/** How much of the end of a file is looked at for its last lines. */
const TAIL_BYTES = 256 * 1024;

/**
 * Puts a log file aside when it has grown too big. It is copied and emptied rather than renamed, since a running
 * process keeps appending to the file that it was started with.
 */
export async function rotateLog(path: string, limitBytes: number = LOG_LIMIT_BYTES): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats === null || stats.size < limitBytes) return;
  await rm(`${path}.${OLD_LOGS}`, { force: true });
  for (let n = OLD_LOGS - 1; n >= 1; n -= 1) {
    await rename(`${path}.${n}`, `${path}.${n + 1}`).catch(ignoreMissing);
  }
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

/** The last lines of a log file; none where it does not exist. */
export async function readLastLines(path: string, count: number): Promise<string[]> {
  const file = await open(path, 'r').catch(ignoreMissing);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    await file.read(buffer, 0, length, size - length);
    const lines = buffer.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-count);
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
