import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryName } from '../../../cli/agents/repository-name.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repository-name-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('repositoryName()', () => {
  it('is the name of the working tree from any folder inside', () => {
    mkdirSync(join(folder, 'shop/.git'), { recursive: true });
    mkdirSync(join(folder, 'shop/src/deep'), { recursive: true });
    expect(repositoryName(join(folder, 'shop/src/deep'))).toBe('shop');
  });

  it.each([
    ['https://github.com/acme/web-shop.git'],
    ['git@github.com:acme/web-shop.git'],
    ['/srv/git/web-shop'],
  ])('is the last part of the origin %s', (url) => {
    mkdirSync(join(folder, 'shop/.git'), { recursive: true });
    writeFileSync(
      join(folder, 'shop/.git/config'),
      `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n`,
    );
    expect(repositoryName(join(folder, 'shop'))).toBe('web-shop');
  });

  it('is the main repository from a linked worktree', () => {
    mkdirSync(join(folder, 'shop/.git/worktrees/fix'), { recursive: true });
    mkdirSync(join(folder, 'shop-fix'));
    writeFileSync(join(folder, 'shop-fix/.git'), `gitdir: ${join(folder, 'shop/.git/worktrees/fix')}\n`);
    expect(repositoryName(join(folder, 'shop-fix'))).toBe('shop');
  });

  it('is null outside a repository', () => {
    expect(repositoryName(folder)).toBeNull();
  });
});
