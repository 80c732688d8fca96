import { readFile, stat } from 'node:fs/promises';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Writes a file of the machinery unless it already says the same with the same mode. */
export async function writeIfChanged(
  path: string,
  content: string | Buffer,
  mode: number,
): Promise<'created' | 'renewed' | 'unchanged'> {
  const [found, stats] = await Promise.all([readFile(path).catch(() => null), stat(path).catch(() => null)]);
  if (found?.equals(Buffer.from(content)) && (stats?.mode ?? 0) % 0o1000 === mode) return 'unchanged';
  await writeFileAtomic(path, content, mode);
  return found === null ? 'created' : 'renewed';
}
