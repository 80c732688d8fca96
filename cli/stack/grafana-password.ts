import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from './write-file-atomic.ts';

const PASSWORD_BYTES = 18;

/**
 * Makes the password of Grafana's user `admin` when there is none: 24 characters in a file that its owner alone
 * reads. Grafana takes it when its volume is new.
 */
export async function ensureGrafanaPassword(file: string): Promise<void> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  if (found.trim() !== '') return;
  await writeFileAtomic(file, randomBytes(PASSWORD_BYTES).toString('base64url'), 0o600);
}
