import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLogSmall, rotateLog } from '../../../otel-bridge/supervisor/keep-log-small.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keep-log-small-'));
  log = join(folder, 'bridge.log');
});
afterEach(() => rm(folder, { recursive: true }));

describe('rotateLog()', () => {
  it('keeps three older files and forgets the fourth', async () => {
    for (const text of ['first', 'second', 'third', 'fourth', 'fifth']) {
      await appendFile(log, text);
      await rotateLog(log, 4);
    }
    const kept = await Promise.all([1, 2, 3].map((n) => readFile(`${log}.${n}`, 'utf8')));
    expect(kept).toEqual(['fifth', 'fourth', 'third']);
    expect(await readFile(log, 'utf8')).toBe('');
    expect(existsSync(`${log}.4`)).toBe(false);
  });

  it('leaves a small or missing file alone', async () => {
    await rotateLog(log, 4);
    await writeFile(log, 'abc');
    await rotateLog(log, 4);
    expect(await readFile(log, 'utf8')).toBe('abc');
  });
});

describe('keepLogSmall()', () => {
  it('goes on working for a process that holds the file open', async () => {
    const errors: Error[] = [];
    const handle = await open(log, 'a');
    await handle.write('before the rotation');
    const stop = keepLogSmall(log, { limitBytes: 10, intervalMs: 5, onError: (error) => errors.push(error) });
    await vi.waitFor(
      async () => expect(await readFile(`${log}.1`, 'utf8')).toBe('before the rotation'),
      20_000,
    );
    await handle.write('after');
    expect(await readFile(log, 'utf8')).toBe('after');
    stop();
    await handle.close();
    expect(errors).toEqual([]);
  });
});
