import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepositoryOf } from '../../../otel-bridge/host/repository-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repository-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const repositoryOf = (path: string) => createRepositoryOf()(join(folder, path));

describe('createRepositoryOf()', () => {
  it.each([
    'https://github.com/acme/widget.git',
    'git@github.com:acme/widget.git',
    'git@github.com:widget',
    'ssh://git@example.org/widget/',
    'C:\\repos\\widget.git',
  ])('takes the name of the remote origin %s', (url) => {
    write(
      'checkout/.git/config',
      `[core]\n\tbare = false\n[remote "upstream"]\n\turl = x/y.git\n[remote "origin"]\n\turl = ${url}\n`,
    );
    write('checkout/src/deep/file.ts', '');
    expect(repositoryOf('checkout/src/deep')).toBe('widget');
  });

  it('takes the folder of the repository where there is no remote', () => {
    write('gadget/.git/config', '[core]\n');
    expect(repositoryOf('gadget')).toBe('gadget');
  });

  it('names a worktree after its repository', () => {
    write('gadget/.git/config', '[core]\n');
    write('worktrees/feature/.git', `gitdir: ${folder}/gadget/.git/worktrees/feature\n`);
    expect(repositoryOf('worktrees/feature')).toBe('gadget');
  });

  it('names a directory that is gone by its last part, in the style of any system', () => {
    expect(repositoryOf('gone/project')).toBe('project');
    expect(createRepositoryOf()('C:\\work\\project\\')).toBe('project');
  });

  it('has no name outside of any repository', () => {
    mkdirSync(join(folder, 'plain'));
    expect(repositoryOf('plain')).toBeUndefined();
  });
});
