import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLastLines } from '../../../cli/embedded/log-file.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-file-'));
  log = join(folder, 'bridge.log');
});
afterEach(() => rm(folder, { recursive: true }));

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
