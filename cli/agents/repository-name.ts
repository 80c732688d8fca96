import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Name of the git repository that a folder lies in: the last part of the URL of `origin`, else the name of its main
 * working tree's folder; the same from every linked worktree, and as transcripts are named. Null outside a repository.
 * Reads files instead of asking git, which may be missing.
 */
export function repositoryName(folder: string): string | null {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const gitDir = gitDirOf(current);
    if (gitDir !== null) {
      const tree = basename(gitDir) === '.git' ? dirname(gitDir) : current;
      return originName(gitDir) ?? (basename(tree) || null);
    }
    if (dirname(current) === current) return null;
  }
}

/** The folder with the repository's configuration if `folder` is the top of a working tree. */
function gitDirOf(folder: string): string | null {
  const dotGit = join(folder, '.git');
  const stats = statSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isDirectory()) return dotGit;
  // A linked worktree has a file `gitdir: <main>/.git/worktrees/<name>`, a submodule one into `<main>/.git/modules/`.
  const pointer = /^gitdir: (.+)$/m.exec(readFileSync(dotGit, 'utf8'))?.[1]?.trim();
  if (pointer === undefined) return dotGit;
  return resolve(folder, pointer).replace(/[\\/]worktrees[\\/][^\\/]+$/, '');
}

function originName(gitDir: string): string | null {
  const config = join(gitDir, 'config');
  if (statSync(config, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const section = /\[remote "origin"\]([^[]*)/.exec(readFileSync(config, 'utf8'))?.[1] ?? '';
  const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1] ?? '';
  // ssh writes `host:owner/name.git`.
  const parts = url.replace(/\.git\/?$/, '').split(/[\\/:]/);
  return parts.findLast((part) => part !== '') ?? null;
}
