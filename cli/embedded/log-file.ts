import { open } from 'node:fs/promises';

/** The supervisor keeps this many older files beside a log: `bridge.log.1` (newest) to `bridge.log.3`. */
export const OLD_LOGS = 3;

/** How much of the end of a file is looked at for its last lines. */
const TAIL_BYTES = 256 * 1024;

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
