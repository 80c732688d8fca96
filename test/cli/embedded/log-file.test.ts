import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLastLines, rotateLog } from '../../../cli/embedded/log-file.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-file-'));
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

describe('readLastLines()', () => {
  it('reads the end, with or without a newline there', async () => {
    await writeFile(log, 'one\ntwo\nthree\n');
    expect(await readLastLines(log, 2)).toEqual(['two', 'three']);
    await appendFile(log, 'four');
    expect(await readLastLines(log, 2)).toEqual(['three', 'four']);
  });

  it('is empty where there is no file', async () => {
    expect(await readLastLines(log, 5)).toEqual([]);
  });
});
