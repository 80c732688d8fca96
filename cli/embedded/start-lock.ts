import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.ts';

/** How often a taken lock is looked at. */
const POLL_MS = 50;

/**
 * Runs `action` while no other process does so with the same lock file: two `monitor up` at once start one bridge.
 * A lock whose owner has died counts for nothing.
 */
export async function withStartLock<Value>(
  lockFile: string,
  signal: AbortSignal,
  action: () => Promise<Value>,
): Promise<Value> {
  const owner = `${process.pid} ${await processIdentity(process.pid)}`;
  await mkdir(dirname(lockFile), { recursive: true, mode: 0o700 });
  while (!(await take(lockFile, owner))) {
    await sleep(POLL_MS, undefined, { signal });
  }
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function take(lockFile: string, owner: string): Promise<boolean> {
  // A file of its own: the lock is the same file as long as both have a name.
  const named = `${lockFile}.${randomUUID()}`;
  await writeFile(named, owner, { mode: 0o600 });
  try {
    // The lock appears with its owner's name in it, or not at all.
    await link(named, lockFile);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(named, { force: true });
  }
  const found = await readFile(lockFile, 'utf8').catch(() => null);
  if (found === null) return false;
  const [pid = '', identity] = found.split(' ');
  if ((await processIdentity(Number(pid))) !== identity) await rm(lockFile, { force: true });
  return false;
}
