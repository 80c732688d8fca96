import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../cli/hooks/apply-edits.ts';
import { readEditMemories } from '../../../cli/hooks/edit-memory.ts';
import type { FileEdit } from '../../../cli/hooks/hook-kind.ts';
import { createLocalPlace } from '../../../cli/hooks/hook-place.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'apply-edits-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const state = () => join(root, 'state');
const file = () => join(root, 'agent', 'settings.json');

async function apply(...edits: FileEdit[]): Promise<string[]> {
  return applyEdits(edits, {
    agent: 'claude-code',
    place: createLocalPlace(root),
    memories: await readEditMemories(state()),
    backupDir: join(state(), 'backups'),
    nowMs: Date.parse('2026-11-21T10:00:00Z'),
  });
}

const memory = { existed: false, created: ['hooks'] };

describe('applyEdits()', () => {
  it('makes a file with its folder for its owner alone, remembers that, and takes both away again', async () => {
    await apply({ path: file(), before: null, after: 'new', memory });
    expect(await readFile(file(), 'utf8')).toBe('new');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await readEditMemories(state())).find('claude-code', '', file())).toMatchObject(memory);
    await apply({ path: file(), before: 'new', after: null });
    expect(await readdir(root)).toEqual(['state']);
    expect((await readEditMemories(state())).find('claude-code', '', file())).toBeNull();
  });

  it('copies what it changes, and keeps the permissions and the link that lead to it', async () => {
    await mkdir(join(root, 'dotfiles'));
    await mkdir(join(root, 'agent'));
    const target = join(root, 'dotfiles', 'settings.json');
    await writeFile(target, 'mine');
    await chmod(target, 0o644);
    await symlink(target, file());
    const [backup = ''] = await apply({ path: file(), before: 'mine', after: 'ours' });
    expect(await readFile(backup, 'utf8')).toBe('mine');
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
    expect(await readlink(file())).toBe(target);
    expect(await readFile(target, 'utf8')).toBe('ours');
    expect((await stat(target)).mode & 0o777).toBe(0o644);
  });

  it('writes through a link that leads to nothing yet, and leaves it there afterwards', async () => {
    await mkdir(join(root, 'agent'));
    await symlink('../dotfiles/settings.json', file());
    await apply({ path: file(), before: null, after: 'new', memory });
    expect(await readFile(join(root, 'dotfiles', 'settings.json'), 'utf8')).toBe('new');
    await apply({ path: file(), before: 'new', after: null });
    expect(await readlink(file())).toBe('../dotfiles/settings.json');
    expect((await readdir(root)).toSorted()).toEqual(['agent', 'state']);
  });

  it('names a file that cannot be read as text', async () => {
    const place = createLocalPlace(root);
    await mkdir(file(), { recursive: true });
    await expect(place.read(file())).rejects.toThrow(`Cannot read "${file()}": it is a folder`);
    const odd = join(root, 'odd.json');
    await writeFile(odd, Buffer.from([0x7b, 0xff, 0x7d]));
    await expect(place.read(odd)).rejects.toThrow(`Cannot edit "${odd}": found bytes that are no UTF-8`);
    await symlink('circle', join(root, 'circle'));
    await expect(place.write(join(root, 'circle'), 'x', 0o600)).rejects.toThrow();
  });

  it('changes nothing where a file is not what it was when it was looked at', async () => {
    await mkdir(join(root, 'agent'));
    await writeFile(file(), 'changed meanwhile');
    const other = join(root, 'agent', 'other.json');
    await expect(
      apply({ path: other, before: null, after: 'x' }, { path: file(), before: 'mine', after: 'ours' }),
    ).rejects.toThrow(`Cannot edit "${file()}": somebody else changed it`);
    expect(await readdir(join(root, 'agent'))).toEqual(['settings.json']);
  });
});
