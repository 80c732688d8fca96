import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WriteStackOptions, writeStack } from '../../../cli/stack/write-stack.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-monitor-write-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>, options: Partial<WriteStackOptions> = {}) {
  return writeStack({
    dir: join(folder, 'stack'),
    manifestFile: join(folder, 'state/manifest.json'),
    files: new Map(Object.entries(files)),
    version: '1.0.0',
    force: false,
    now: new Date('2026-11-21T10:00:00Z'),
    ...options,
  });
}

function at(path: string): string {
  return join(folder, 'stack', path);
}

describe('writeStack()', () => {
  it('creates what is missing, readable for the users of containers', async () => {
    const { changes } = await write({ 'a.yaml': 'a', 'dashboards/b.json': 'b' });
    expect(changes).toEqual([
      { path: 'a.yaml', outcome: 'created' },
      { path: 'dashboards/b.json', outcome: 'created' },
    ]);
    expect((await stat(at('dashboards/b.json'))).mode & 0o777).toBe(0o644);
    expect(await readdir(`${folder}/stack`)).toEqual(['a.yaml', 'dashboards']);
  });

  it('changes nothing when run again', async () => {
    await write({ 'a.yaml': 'a' });
    const { mtimeMs } = await stat(at('a.yaml'));
    expect((await write({ 'a.yaml': 'a' })).changes).toEqual([{ path: 'a.yaml', outcome: 'unchanged' }]);
    expect((await stat(at('a.yaml'))).mtimeMs).toBe(mtimeMs);
  });

  it('renews what nobody has edited', async () => {
    await write({ 'a.yaml': 'a' });
    const { changes } = await write({ 'a.yaml': 'newer' }, { version: '2.0.0' });
    expect(changes).toEqual([{ path: 'a.yaml', outcome: 'renewed' }]);
    expect(await readFile(at('a.yaml'), 'utf8')).toBe('newer');
  });

  it('keeps an edit, also over several versions, and says so', async () => {
    await write({ 'a.yaml': 'a' });
    await writeFile(at('a.yaml'), 'mine');
    for (const wanted of ['a', 'b', 'c']) {
      expect((await write({ 'a.yaml': wanted })).changes).toEqual([{ path: 'a.yaml', outcome: 'kept' }]);
    }
    expect(await readFile(at('a.yaml'), 'utf8')).toBe('mine');
    await rm(at('a.yaml'));
    expect((await write({ 'a.yaml': 'c' })).changes).toEqual([{ path: 'a.yaml', outcome: 'created' }]);
  });

  it('goes on renewing once an edit was taken back', async () => {
    await write({ 'a.yaml': 'a' });
    await writeFile(at('a.yaml'), 'mine');
    await write({ 'a.yaml': 'b' });
    await writeFile(at('a.yaml'), 'a');
    expect((await write({ 'a.yaml': 'b' })).changes).toEqual([{ path: 'a.yaml', outcome: 'renewed' }]);
  });

  it('keeps a file that it did not write', async () => {
    await write({});
    await writeFile(at('a.yaml'), 'somebody else').catch(() => undefined);
    await write({ 'b.yaml': 'b' });
    await writeFile(at('a.yaml'), 'somebody else');
    expect((await write({ 'a.yaml': 'a', 'b.yaml': 'b' })).changes).toContainEqual({
      path: 'a.yaml',
      outcome: 'kept',
    });
  });

  it('writes edited files anew when forced, and keeps a copy', async () => {
    await write({ 'dashboards/a.json': 'a' });
    await writeFile(at('dashboards/a.json'), 'mine');
    const { changes, backupDir } = await write({ 'dashboards/a.json': 'b' }, { force: true });
    expect(changes).toEqual([{ path: 'dashboards/a.json', outcome: 'replaced' }]);
    expect(backupDir).toBe(at('backup-2026-11-21T10-00-00.000Z'));
    expect(await readFile(join(backupDir ?? '', 'dashboards/a.json'), 'utf8')).toBe('mine');
    expect(await readFile(at('dashboards/a.json'), 'utf8')).toBe('b');
  });

  it('removes what is no longer needed, unless it was edited', async () => {
    await write({ 'a.yaml': 'a', 'b.yaml': 'b' });
    await writeFile(at('b.yaml'), 'mine');
    const { changes } = await write({});
    expect(changes).toEqual([
      { path: 'a.yaml', outcome: 'removed' },
      { path: 'b.yaml', outcome: 'kept' },
    ]);
    expect(existsSync(at('a.yaml'))).toBe(false);
  });

  it('takes every file for edited when its memory is damaged', async () => {
    await write({ 'a.yaml': 'a' });
    await writeFile(join(folder, 'state/manifest.json'), '{"dir":');
    expect((await write({ 'a.yaml': 'b' })).changes).toEqual([{ path: 'a.yaml', outcome: 'kept' }]);
  });
});
