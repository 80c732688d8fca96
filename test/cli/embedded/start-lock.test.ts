import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withStartLock } from '../../../cli/embedded/start-lock.ts';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-lock-'));
  lock = join(folder, 'state/start.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

describe('withStartLock()', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await sleep(20);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withStartLock(lock, never, work)));
    expect(existsSync(lock)).toBe(false);
  });

  it('opens when the action fails', async () => {
    await expect(withStartLock(lock, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withStartLock(lock, never, async () => 'in')).toBe('in');
  });

  it('takes over from an owner that died, and from a later process with its pid', async () => {
    await withStartLock(lock, never, async () => undefined);
    await writeFile(lock, '999999999 gone');
    expect(await withStartLock(lock, never, async () => 'in')).toBe('in');
    await writeFile(lock, `${process.pid} an-earlier-boot:1`);
    expect(await withStartLock(lock, never, async () => 'in')).toBe('in');
  });

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController();
    await withStartLock(lock, never, async () => {
      setTimeout(() => stop.abort(), 20);
      await expect(withStartLock(lock, stop.signal, async () => 'in')).rejects.toThrow('aborted');
    });
  });
});
