import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const ORIGIN_SECTION = /\[remote "origin"\]([^[]*)/;
const URL_LINE = /^\s*url\s*=\s*(.+?)\s*$/m;

/**
 * Names repositories by working directory: the name of the remote `origin` where the nearest `.git` has one, else its
 * folder's name. A directory that is gone is named by its last part, one outside of any repository has none.
 * Answers are kept, since every line of a transcript names its directory.
 */
export function createRepositoryOf(): (cwd: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (cwd) => {
    if (!known.has(cwd)) known.set(cwd, findRepository(cwd));
    return known.get(cwd);
  };
}

function findRepository(cwd: string): string | undefined {
  if (!exists(cwd)) return lastPart(cwd);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (exists(git)) return originName(git) ?? lastPart(mainFolder(git, folder));
    if (dirname(folder) === folder) return undefined;
  }
}

/** The last part of the URL of `origin`, without `.git`; undefined where there is no such remote. */
function originName(git: string): string | undefined {
  const config = readText(join(gitFolder(git), 'config'));
  const url = URL_LINE.exec(ORIGIN_SECTION.exec(config ?? '')?.[1] ?? '')?.[1];
  return url === undefined ? undefined : lastPart(url.replace(/\/+$/, '').replace(/\.git$/, ''));
}

/** Where the configuration is: in a worktree or submodule `.git` is a file that names its folder. */
function gitFolder(git: string): string {
  const pointer = /^gitdir:\s*(.+?)\s*$/m.exec(readText(git) ?? '')?.[1];
  if (pointer === undefined) return git;
  return resolve(dirname(git), pointer).replace(/[/\\]worktrees[/\\][^/\\]+$/, '');
}

/** The folder of the repository itself, also seen from a worktree. */
function mainFolder(git: string, folder: string): string {
  const found = gitFolder(git);
  return basename(found) === '.git' ? dirname(found) : folder;
}

/** Paths of other machines may be written the other way around; URLs of ssh end in `host:name`. */
function lastPart(path: string): string | undefined {
  return path.split(/[/\\:]/).findLast((part) => part !== '');
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Undefined for folders and what cannot be read: the repository is then named by its folder. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
