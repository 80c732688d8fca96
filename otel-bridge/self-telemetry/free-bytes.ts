import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes that this process may still write to the disk of a file, which itself need not exist. */
export async function freeBytes(file: string): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(file));
  return bavail * bsize;
}
