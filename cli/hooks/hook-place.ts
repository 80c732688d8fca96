import { readFile, readlink, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';

/** A machine whose agents' files are edited: this one, or another over ssh. */
export interface HookPlace {
  /** Name for people and for what is remembered; empty for this machine. */
  readonly name: string;
  /** Home folder of the user there. */
  readonly home: string;
  /** Words that start Node there; null where there is none. */
  readonly node: readonly string[] | null;
  /** Null where there is no such file. */
  read(path: string): Promise<string | null>;
  /** Writes a file so that nobody sees half of it; its permissions stay where it exists. */
  write(path: string, content: string, mode: number): Promise<void>;
  /** Removes a file, and its folder where that is empty then. */
  remove(path: string): Promise<void>;
}

/** A chain of links longer than this is a circle. */
const MAX_LINKS = 40;

/** This machine. What the file system refuses is a CliError FAILED that names the file. */
export function createLocalPlace(home: string): HookPlace {
  return {
    name: '',
    home,
    node: [process.execPath],
    read: (path) =>
      told('read', path, async () => {
        const bytes = await readFile(path).catch(unlessMissing);
        return bytes === null ? null : decode(bytes, path);
      }),
    write: (path, content, mode) =>
      told('write', path, async () => {
        // Through links, as dotfiles are kept: the link stays, also where it leads to nothing yet.
        const target = await linkTarget(path);
        const known = await stat(target).catch(unlessMissing);
        await writeFileAtomic(target, content, known === null ? mode : known.mode & 0o777);
      }),
    remove: (path) =>
      told('remove', path, async () => {
        const target = await linkTarget(path);
        await rm(target);
        await rmdir(dirname(target)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
        });
      }),
  };
}

/** Where a path leads in the end, whether there is something or not. */
async function linkTarget(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const next = await readlink(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EINVAL' || error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    });
    if (next === null) return target;
    target = resolve(dirname(target), next);
  }
  return target;
}

/** @throws CliError FAILED where it is no UTF-8: writing it back would change what is not ours */
function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CliError('FAILED', `Cannot edit "${path}": found bytes that are no UTF-8`, {
      fix: [`save "${path}" as UTF-8 and try again; nothing was changed`],
      cause: error,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  EACCES: 'you may not',
  EPERM: 'you may not',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  ELOOP: 'its links go in a circle',
  ENOTDIR: 'a part of its path is no folder',
};

async function told<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new CliError('FAILED', `Cannot ${verb} "${path}": ${reason}`, { cause: error });
  }
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
