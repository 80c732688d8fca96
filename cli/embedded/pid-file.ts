import { readFile, rm } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';
import { processIdentity } from './process-identity.ts';

/** What the pid file says about a process that was started. */
const processRecordSchema = z.object({
  pid: z.number().int().positive(),
  /** See `processIdentity`: a recycled pid has another one. */
  identity: z.string(),
  /** ISO 8601. */
  started_at: z.string(),
  /** Tells what runs: another version or configuration has another one. */
  fingerprint: z.string(),
});
export type ProcessRecord = Readonly<z.infer<typeof processRecordSchema>>;

/** The process that a pid file names if it still lives and is the same; null otherwise. */
export async function findRunning(pidFile: string): Promise<ProcessRecord | null> {
  const record = await readPidFile(pidFile);
  if (record === null) return null;
  return (await processIdentity(record.pid)) === record.identity ? record : null;
}

/** Writes down which process runs. */
export function writePidFile(pidFile: string, record: ProcessRecord): Promise<void> {
  return writeFileAtomic(pidFile, `${JSON.stringify(record)}\n`, 0o600);
}

/** Forgets the process. */
export async function removePidFile(pidFile: string): Promise<void> {
  await rm(pidFile, { force: true });
}

/** Null where the file is missing or was cut off by a crash: then nothing is known to run. */
async function readPidFile(pidFile: string): Promise<ProcessRecord | null> {
  try {
    return processRecordSchema.parse(JSON.parse(await readFile(pidFile, 'utf8')));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
