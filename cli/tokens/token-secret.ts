import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';

const SECRET_BYTES = 32;

/** The text of the token secret file; null where there is none. */
export async function readTokenSecret(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError('FAILED', `Cannot read the token secret "${path}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * The secret that tokens are signed with, made when it does not exist: 32 random bytes as base64url in a file that
 * its owner alone reads. Two processes that make it at once get the same one.
 */
export async function ensureTokenSecret(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = randomBytes(SECRET_BYTES).toString('base64url');
  try {
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: 'wx', flush: true });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readTokenSecret(path)) ?? fresh;
  }
}
