import { execFile } from 'node:child_process';
import { lstat, readFile, realpath } from 'node:fs/promises';
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
  /** Those of them that git does not know yet. */
  readonly untracked: readonly string[];
  /** How the files that differ do so, in lines. */
  readonly lines: ReadonlyMap<string, LineCount>;
}

/** Lines that differ from a commit. */
export interface LineCount {
  readonly added: number;
  readonly removed: number;
}

/** What changed between two moments. */
export interface WorkTreeChange {
  /** Files below the root, sorted. */
  readonly files: readonly string[];
  /** Of a file that was changed before already: by how much it grew or shrank since. */
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** Commits that were made on top. */
  readonly commits: number;
}

/** Of new files that are larger no lines are counted. */
const MAX_COUNTED_BYTES = 4 * 1024 * 1024;
/** Of more new files than this no lines are counted: nobody wrote them. */
const MAX_COUNTED_FILES = 2000;
const NO_LINES: LineCount = { added: 0, removed: 0 };

/** Looks at the work tree that a folder lies in; null where it lies in none, or git is missing. */
export async function readWorkTree(folder: string): Promise<WorkTree | null> {
  try {
    const root = await rootOf(folder);
    const head = await git(root, 'rev-parse', '--verify', '-q', 'HEAD').then(trimmed, () => null);
    const branch = await git(root, 'symbolic-ref', '--short', '-q', 'HEAD').then(trimmed, () => null);
    const status = await git(root, 'status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all');
    const entries = status.split('\0').filter((entry) => entry !== '');
    const dirty = new Map<string, string>();
    for (const entry of entries) dirty.set(entry.slice(3), await stateOf(join(root, entry.slice(3))));
    const untracked = entries.filter((entry) => entry.startsWith('??')).map((entry) => entry.slice(3));
    const lines =
      dirty.size === 0
        ? new Map<string, LineCount>()
        : await countLines(root, await baseOf(root, head), untracked);
    return { root, head, branch, dirty, untracked, lines };
  } catch {
    // Not a work tree, or no git: there is nothing to tell of one.
    return null;
  }
}

/**
 * What became of a work tree since `before`.
 * @throws Error where git does not know the commit of then any more: the repository was made anew
 */
export async function compareWorkTrees(before: WorkTree, after: WorkTree): Promise<WorkTreeChange> {
  const files = new Set<string>();
  for (const [file, state] of after.dirty) if (before.dirty.get(file) !== state) files.add(file);
  for (const file of before.dirty.keys()) if (!after.dirty.has(file)) files.add(file);
  const { root, head } = after;
  const base = await baseOf(root, before.head);
  const moved = head !== null && before.head !== head;
  const committed = moved ? await git(root, 'diff', '--name-only', '-z', '--no-renames', base, head) : '';
  for (const file of committed.split('\0')) if (file !== '') files.add(file);
  const lines = await countLines(root, base, after.untracked);
  let linesAdded = 0;
  let linesRemoved = 0;
  for (const file of files) {
    const then = before.lines.get(file) ?? NO_LINES;
    const now = lines.get(file) ?? NO_LINES;
    // A line that was added before and is gone was removed; one that was removed and is back was added.
    linesAdded += Math.max(0, now.added - then.added) + Math.max(0, then.removed - now.removed);
    linesRemoved += Math.max(0, now.removed - then.removed) + Math.max(0, then.added - now.added);
  }
  const range = before.head === null ? head : `${before.head}..${head}`;
  const commits = moved ? Number(await git(root, 'rev-list', '--count', String(range))) : 0;
  return { files: [...files].sort(), linesAdded, linesRemoved, commits };
}

async function rootOf(folder: string): Promise<string> {
  return (await git(folder, 'rev-parse', '--show-toplevel')).replace(/\n$/, '');
}

/** What there is to compare with: a commit, or nothing at all before the first one. */
async function baseOf(root: string, head: string | null): Promise<string> {
  return head ?? (await git(root, 'hash-object', '-t', 'tree', '/dev/null')).trim();
}

/** Lines by which files differ from a commit, new ones too. Binary files have none. */
async function countLines(
  root: string,
  base: string,
  untracked: readonly string[],
): Promise<Map<string, LineCount>> {
  const lines = new Map<string, LineCount>();
  const diff = await git(root, 'diff', '--numstat', '-z', '--no-renames', '--ignore-submodules', base, '--');
  for (const line of diff.split('\0')) {
    const [added = '', removed = '', ...name] = line.split('\t');
    if (name.length > 0 && added !== '-') {
      lines.set(name.join('\t'), { added: Number(added), removed: Number(removed) });
    }
  }
  if (untracked.length > MAX_COUNTED_FILES) return lines;
  for (const file of untracked) lines.set(file, { added: await linesOf(join(root, file)), removed: 0 });
  return lines;
}

/** As git counts them: a last line without an end is one. */
async function linesOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  // Gone meanwhile, a pipe, a repository of its own.
  if (found === null || !found.isFile() || found.size > MAX_COUNTED_BYTES) return 0;
  const text = await readFile(path).catch(() => Buffer.alloc(0));
  if (text.length === 0 || text.subarray(0, 8000).includes(0)) return 0;
  let ends = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) ends += 1;
  return text.at(-1) === 10 ? ends : ends + 1;
}

/** Size and time of change tell whether a file is as it was; of a repository within (a submodule), what is in it. */
async function stateOf(path: string): Promise<string> {
  try {
    const found = await lstat(path);
    if (found.isDirectory() && (await rootOf(path)) === (await realpath(path))) {
      const within = await readWorkTree(path);
      return JSON.stringify([within?.head, ...(within?.dirty ?? [])]);
    }
    return `${found.size}/${found.mtimeMs}/${found.mode}`;
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
