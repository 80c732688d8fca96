import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';

/** Writes what is known about a bug to a file of its own. @returns its path */
export async function writeCrashReport(logDir: string, version: string, error: Error): Promise<string> {
  const time = new Date().toISOString();
  const file = join(logDir, `monitor-crash-${time.replaceAll(':', '-')}.log`);
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  const facts = [
    `monitor ${version}`,
    `node ${process.version} on ${process.platform} ${process.arch}`,
    time,
  ];
  await writeFile(file, `${facts.join('\n')}\n\n${inspect(error, { depth: 8 })}\n`, { mode: 0o600 });
  return file;
}
