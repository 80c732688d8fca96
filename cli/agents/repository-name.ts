import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Name of the git repository that a folder lies in: the name of its main working tree's folder, the same from
 * every linked worktree. Null outside a repository. Reads files instead of asking git, which may be missing.
 */
export function repositoryName(folder: string): string | null {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const tree = mainWorkingTree(current);
    if (tree !== null) return basename(tree) || null;
    if (dirname(current) === current) return null;
  }
}

/** The main working tree if `folder` is the top of a working tree. */
function mainWorkingTree(folder: string): string | null {
  const dotGit = join(folder, '.git');
  const stats = statSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isDirectory()) return folder;
  // A linked worktree has a file `gitdir: <main>/.git/worktrees/<name>`; a submodule's points into modules/.
  const link = /^gitdir: (.+?)[\\/]\.git[\\/]worktrees[\\/]/.exec(readFileSync(dotGit, 'utf8'));
  return link?.[1] === undefined ? folder : resolve(folder, link[1]);
}
