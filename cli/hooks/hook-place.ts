import { readFile, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
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

/** This machine. */
export function createLocalPlace(home: string): HookPlace {
  return {
    name: '',
    home,
    node: [process.execPath],
    read: (path) => readFile(path, 'utf8').catch(unlessMissing),
    async write(path, content, mode) {
      // Through links, as dotfiles are kept: the link stays.
      const target = await realpath(path).catch(unlessMissing);
      const known = target === null ? null : await stat(target);
      await writeFileAtomic(target ?? path, content, known === null ? mode : known.mode & 0o777);
    },
    async remove(path) {
      await rm(path);
      await rmdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    },
  };
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
