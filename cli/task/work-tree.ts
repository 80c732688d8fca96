import { execFile } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a git work tree looked like at a moment. */
export interface WorkTree {
  readonly root: string;
  /** Id of the commit that is checked out; null before the first one. */
  readonly head: string | null;
  readonly branch: string | null;
  /** Files that differ from that commit, with what tells one state of them from another. */
  readonly dirty: ReadonlyMap<string, string>;
}

/** What changed between two moments. */
export interface WorkTreeChange {
  /** Files below the root, sorted. */
  readonly files: readonly string[];
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** Commits that were made on top. */
  readonly commits: number;
}

/** Looks at the work tree that a folder lies in; null where it lies in none, or git is missing. */
export async function readWorkTree(folder: string): Promise<WorkTree | null> {
  try {
    const root = (await git(folder, 'rev-parse', '--show-toplevel')).trim();
    const head = await git(root, 'rev-parse', '--verify', '-q', 'HEAD').then(trimmed, () => null);
    const branch = await git(root, 'symbolic-ref', '--short', '-q', 'HEAD').then(trimmed, () => null);
    const status = await git(root, 'status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all');
    const names = status.split('\0').filter((entry) => entry !== '');
    const dirty = new Map<string, string>();
    for (const entry of names) dirty.set(entry.slice(3), await stateOf(join(root, entry.slice(3))));
    return { root, head, branch, dirty };
  } catch {
    // Not a work tree, or no git: there is nothing to tell of one.
    return null;
  }
}

/** What became of a work tree since `before`. Lines of files that were changed before already count with what was. */
export async function compareWorkTrees(before: WorkTree, after: WorkTree): Promise<WorkTreeChange> {
  const files = new Set<string>();
  for (const [file, state] of after.dirty) if (before.dirty.get(file) !== state) files.add(file);
  for (const file of before.dirty.keys()) if (!after.dirty.has(file)) files.add(file);
  const { root, head } = after;
  const moved = before.head !== null && head !== null && before.head !== head;
  const committed = moved
    ? await git(root, 'diff', '--name-only', '-z', '--no-renames', before.head, head)
    : '';
  for (const file of committed.split('\0')) if (file !== '') files.add(file);
  const lines =
    before.head === null ? '' : await git(root, 'diff', '--numstat', '-z', '--no-renames', before.head);
  let linesAdded = 0;
  let linesRemoved = 0;
  for (const line of lines.split('\0')) {
    const [added = '', removed = '', file = ''] = line.split('\t');
    // A binary file has dashes.
    if (!files.has(file) || added === '-') continue;
    linesAdded += Number(added);
    linesRemoved += Number(removed);
  }
  const commits = moved ? Number(await git(root, 'rev-list', '--count', `${before.head}..${head}`)) : 0;
  return { files: [...files].sort(), linesAdded, linesRemoved, commits };
}

/** Size and time of change tell whether a file is as it was. */
async function stateOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, mode } = await lstat(path);
    return `${size}/${mtimeMs}/${mode}`;
  } catch {
    return 'gone';
  }
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, '-c', 'core.quotePath=false', ...args], {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
  });
  return stdout;
}

function trimmed(text: string): string {
  return text.trim();
}
