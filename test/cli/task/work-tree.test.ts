import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareWorkTrees, readWorkTree, type WorkTree } from '../../../cli/task/work-tree.ts';

function repository() {
  const root = mkdtempSync(join(tmpdir(), 'agent-monitor-tree-'));
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: root });
  };
  const write = (file: string, text: string): void => writeFileSync(join(root, file), text);
  git('init', '-q', '-b', 'main');
  write('a', '1\n2\n');
  write('b', '1\n');
  git('add', '.');
  git('commit', '-qm', 'first');
  return { root, git, write };
}

async function read(folder: string): Promise<WorkTree> {
  const tree = await readWorkTree(folder);
  if (tree === null) throw new Error('there is a work tree');
  return tree;
}

describe('a work tree', () => {
  it('tells what was edited, added, removed and committed since', async () => {
    const { root, git, write } = repository();
    const before = await read(root);
    write('a', '1\n2\n3\n');
    git('commit', '-qam', 'second');
    rmSync(join(root, 'b'));
    write('new "file"', 'x\n');
    const change = await compareWorkTrees(before, await read(root));
    expect(change).toEqual({ files: ['a', 'b', 'new "file"'], linesAdded: 2, linesRemoved: 1, commits: 1 });
  });

  it('leaves out what was changed before and is as it was', async () => {
    const { root, write } = repository();
    write('a', 'mine\n');
    write('notes', 'mine\n');
    const before = await read(root);
    write('b', '1\n2\n');
    expect((await compareWorkTrees(before, await read(root))).files).toEqual(['b']);
  });

  it('counts of a file that was changed before by how much it grew or shrank since', async () => {
    const { root, write } = repository();
    write('a', '1\n2\n3\n4\n5\n');
    write('notes', 'mine\nmine\n');
    const before = await read(root);
    write('a', '1\n2\n3\n4\n5\n6\n');
    write('notes', 'mine\n');
    const change = await compareWorkTrees(before, await read(root));
    expect(change).toEqual({ files: ['a', 'notes'], linesAdded: 1, linesRemoved: 1, commits: 0 });
  });

  it('tells of the first commit of a repository', async () => {
    const root = mkdtempSync(join(tmpdir(), 'agent-monitor-tree-'));
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: root });
    git('init', '-q');
    const before = await read(root);
    writeFileSync(join(root, 'a'), '1\n2');
    git('add', '.');
    git('commit', '-qm', 'first');
    writeFileSync(join(root, 'b'), '1\n2');
    const change = await compareWorkTrees(before, await read(root));
    expect(change).toEqual({ files: ['a', 'b'], linesAdded: 4, linesRemoved: 0, commits: 1 });
  });

  it('sees what changes in a submodule that was changed before', async () => {
    const { root, git, write } = repository();
    const inner = repository();
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub mod');
    git('commit', '-qm', 'sub');
    write('sub mod/a', 'changed\n');
    const before = await read(root);
    write('sub mod/b', 'changed too\n');
    expect((await compareWorkTrees(before, await read(root))).files).toEqual(['sub mod']);
  });

  it('fails where the repository was made anew meanwhile', async () => {
    const { root, git } = repository();
    const before = await read(root);
    rmSync(join(root, '.git'), { recursive: true });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'another first');
    await expect(read(root).then((after) => compareWorkTrees(before, after))).rejects.toThrow();
  });

  it('is known from a folder below it, and none is known outside', async () => {
    const { root } = repository();
    expect((await read(root)).branch).toBe('main');
    expect(await readWorkTree(mkdtempSync(join(tmpdir(), 'agent-monitor-none-')))).toBeNull();
  });
});
