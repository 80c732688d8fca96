import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { TranscriptFormat } from '../agents/transcript-format.ts';
import { MonitorError } from '../domain/error.ts';
import type { HostLog } from './host-log.ts';

/** A folder that holds transcripts of one format. */
export interface TranscriptRoot {
  readonly format: TranscriptFormat;
  /** Absolute, without symlinks. */
  readonly path: string;
  /** True where the format's own order of folders is not to be expected: every file with its extension counts. */
  readonly anyPath: boolean;
  /** Set where only this one file counts (its name in `path`). */
  readonly onlyFile?: string;
}

/**
 * The folders of transcripts in homes; those that do not exist yet are left out.
 * A folder that is a symlink to outside of every home is not followed, and said once.
 */
export async function findTranscriptRoots(
  homes: readonly string[],
  formats: readonly TranscriptFormat[],
  log: HostLog,
): Promise<TranscriptRoot[]> {
  const realHomes = (await Promise.all(homes.map(realPathOf))).filter((path) => path !== null);
  const roots = new Map<string, TranscriptRoot>();
  for (const home of realHomes) {
    for (const format of formats) {
      const root = await firstRoot(home, realHomes, format, log);
      if (root !== null) roots.set(root.path, root);
    }
  }
  return [...roots.values()];
}

async function firstRoot(
  home: string,
  homes: readonly string[],
  format: TranscriptFormat,
  log: HostLog,
): Promise<TranscriptRoot | null> {
  for (const folder of format.folders) {
    const path = await realPathOf(join(home, folder));
    if (path === null) continue;
    if (homes.some((known) => isInside(path, known))) return { format, path, anyPath: false };
    log.warn(
      { path },
      `Not following "${join(home, folder)}": it leads to "${path}", outside of every home. Add that folder to history.homes to follow it`,
    );
  }
  return null;
}

/**
 * The roots that a person named: a transcript, a folder of them, or a home.
 * @throws MonitorError `not_found` where nothing is there.
 */
export async function explicitRoots(
  path: string,
  formats: readonly TranscriptFormat[],
  log: HostLog,
): Promise<TranscriptRoot[]> {
  const real = await realPathOf(path);
  if (real === null) {
    throw new MonitorError('not_found', `Cannot import "${path}": there is no such file or folder`);
  }
  if (/\.jsonl?$/.test(real)) {
    const readers = formats.filter((format) => liesWhereItShould(real, format));
    return (readers.length > 0 ? readers : formats).map((format) => ({
      format,
      path: dirname(real),
      anyPath: true,
      onlyFile: basename(real),
    }));
  }
  const found = await findTranscriptRoots([real], formats, log);
  return found.length > 0 ? found : formats.map((format) => ({ format, path: real, anyPath: true }));
}

/** True where a file lies in a home as a transcript of that format does: no other format has a say in it. */
function liesWhereItShould(path: string, format: TranscriptFormat): boolean {
  const plain = path.split(sep).join('/');
  return format.folders.some((folder) => {
    const at = plain.lastIndexOf(`/${folder}/`);
    return at >= 0 && format.isTranscript(plain.slice(at + folder.length + 2));
  });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Null where nothing is there or it may not be entered. */
async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}
