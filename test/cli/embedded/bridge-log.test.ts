import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followLog, parseLogLine, readLog, sizeOf } from '../../../cli/embedded/bridge-log.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-log-'));
  log = join(folder, 'bridge.log');
});
afterEach(() => rm(folder, { recursive: true }));

describe('parseLogLine()', () => {
  it('reads what pino wrote', () => {
    const line =
      '{"level":40,"time":1795260089688,"pid":7,"hostname":"box","name":"bridge","err":{"code":1},"path":"/a","msg":"no room"}';
    expect(parseLogLine(line, 'bridge')).toEqual({
      part: 'bridge',
      ts: '2026-11-21T11:21:29.688Z',
      text: 'warn no room err={"code":1} path=/a',
    });
  });

  it('knows the part by its name or as the line says', () => {
    expect(parseLogLine('{"level":30,"time":1,"name":"host","msg":"a"}', 'bridge').part).toBe('host');
    expect(parseLogLine('{"level":30,"time":1,"part":"host","msg":"a"}', 'bridge').part).toBe('host');
    expect(parseLogLine('{"level":30,"time":1,"name":"supervise","msg":"a"}', 'bridge').part).toBe('bridge');
  });

  it.each(['    at main (bridge.mjs:1:1)', '{"level":"x"}', '{"lev', ''])('leaves "%s" as it is', (line) => {
    expect(parseLogLine(line, 'bridge')).toEqual({ part: 'bridge', ts: null, text: line });
  });
});

describe('readLog()', () => {
  it('reads what was put aside first, and the log up to the size given', async () => {
    await writeFile(`${log}.2`, 'one\n');
    await writeFile(`${log}.1`, 'two\n');
    await writeFile(log, 'three\n');
    const size = await sizeOf(log);
    await appendFile(log, 'four\n');
    const lines: string[] = [];
    for await (const line of readLog(log, size)) lines.push(line);
    expect(lines).toEqual(['one', 'two', 'three']);
  });
});

describe('followLog()', () => {
  it('gives whole lines as they are appended, also after the file was emptied', async () => {
    await writeFile(log, 'past\n');
    const stop = new AbortController();
    const lines = followLog(log, await sizeOf(log), stop.signal);
    const next = async () => (await lines.next()).value;
    const smile = Buffer.from('a 🙂\n');
    await appendFile(log, smile.subarray(0, 4));
    setTimeout(() => appendFile(log, smile.subarray(4)), 300);
    expect(await next()).toBe('a 🙂');
    await truncate(log);
    setTimeout(() => appendFile(log, 'b\n'), 300);
    expect(await next()).toBe('b');
    stop.abort();
    expect((await lines.next()).done).toBe(true);
  });
});
