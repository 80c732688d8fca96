import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import type { HomePaths } from '../settings/paths.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** What init settled on, so that later settings do not move data away under a running stack. */
const installationSchema = z.object({
  runtime: z.enum(['docker', 'embedded']),
  /** Why that one, for people: `docker 28.3 and compose 2.40 answer`. */
  reason: z.string(),
  /** Folder of the generated files, absolute. */
  stack_dir: z.string(),
  /** IANA time zone that days are cut in. */
  timezone: z.string(),
  /** Version of the package that last wrote the files. */
  version: z.string(),
});

/** See `installationSchema`. */
export type Installation = Readonly<z.infer<typeof installationSchema>>;

/** Null where init never ran here. @throws CliError FAILED where the file is damaged */
export async function readInstallation(paths: HomePaths): Promise<Installation | null> {
  const file = paths.installationFile;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return Object.freeze(installationSchema.parse(JSON.parse(text)));
  } catch (error) {
    throw new CliError('FAILED', `Cannot read "${file}": it is damaged`, {
      fix: [`rm "${file}"`, 'monitor init'],
      cause: error,
    });
  }
}

/** Writes it down. */
export async function writeInstallation(paths: HomePaths, installation: Installation): Promise<void> {
  const text = `${JSON.stringify(installation, null, 2)}\n`;
  await writeFileAtomic(paths.installationFile, text, 0o600);
}
