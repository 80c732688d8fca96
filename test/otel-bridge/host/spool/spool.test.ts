import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendToSpool,
  DROPPED_FILE,
  isSpooled,
  listBatches,
  QUEUE_FILE,
  sealQueue,
} from '../../../../otel-bridge/host/spool/append-to-spool.ts';
import { drainSpool } from '../../../../otel-bridge/host/spool/drain-spool.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-'));
  folder = join(root, 'spool');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A receiver that remembers the lines it got. */
function receiver() {
  const lines: string[] = [];
  const post = async (body: Buffer) => {
    lines.push(
      ...body
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== ''),
    );
    return 'sent' as const;
  };
  return { lines, post };
}

describe('a spool', () => {
  it('gives back what was kept, in order, and is empty then', async () => {
    const { lines, post } = receiver();
    for (let i = 0; i < 5; i += 1) appendToSpool(folder, `{"i":${i}}`);
    expect(isSpooled(folder)).toBe(true);
    await drainSpool({ folder, post });
    expect(lines).toEqual(['{"i":0}', '{"i":1}', '{"i":2}', '{"i":3}', '{"i":4}']);
    expect(isSpooled(folder)).toBe(false);
  });

  it('is nothing that others may read, and nothing at all before it is needed', () => {
    expect(isSpooled(folder)).toBe(false);
    appendToSpool(folder, '{}');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, QUEUE_FILE)).mode & 0o777).toBe(0o600);
  });

  it('keeps what could not be delivered, for the next time', async () => {
    appendToSpool(folder, '1');
    await expect(drainSpool({ folder, post: () => Promise.reject(new Error('away')) })).rejects.toThrow(
      'away',
    );
    appendToSpool(folder, '2');
    const { lines, post } = receiver();
    await drainSpool({ folder, post });
    expect(lines).toEqual(['1', '2']);
  });

  it('puts aside what is refused for good, so that it stands in nobody’s way', async () => {
    appendToSpool(folder, 'bad');
    await drainSpool({ folder, post: async () => 'refused' });
    appendToSpool(folder, 'good');
    const { lines, post } = receiver();
    await drainSpool({ folder, post });
    expect(lines).toEqual(['good']);
    expect(readFileSync(join(folder, 'refused.jsonl'), 'utf8').trim()).toBe('bad');
  });

  it('keeps apart a line that its writer never finished', async () => {
    appendToSpool(folder, 'first');
    appendFileSync(join(folder, QUEUE_FILE), '{"torn":');
    appendToSpool(folder, 'second');
    const { lines, post } = receiver();
    await drainSpool({ folder, post });
    expect(lines).toEqual(['first', '{"torn":', 'second']);
  });

  it('is drained by one process at a time, but not blocked by a dead one', async () => {
    appendToSpool(folder, '1');
    writeFileSync(join(folder, 'drain.lock'), '1');
    const { lines, post } = receiver();
    expect(await drainSpool({ folder, post })).toBe(0);
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(join(folder, 'drain.lock'), longAgo, longAgo);
    expect(await drainSpool({ folder, post })).toBe(1);
    expect(lines).toEqual(['1']);
  });

  it('loses its oldest lines when it is full, and says so', async () => {
    mkdirSync(folder, { mode: 0o700 });
    for (let i = 0; i < 66; i += 1) {
      appendToSpool(folder, `{"i":${i}}`);
      sealQueue(folder);
    }
    expect(listBatches(folder)).toHaveLength(64);
    const { lines, post } = receiver();
    await drainSpool({ folder, post });
    expect(lines[0]).toBe('{"i":2}');
    expect(readFileSync(join(folder, DROPPED_FILE), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('neither loses nor mixes nor turns round lines of many processes while another one drains it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { lines, post } = receiver();
    const program = join(import.meta.dirname, 'appender.ts');
    const ended = Promise.all(
      names.map(
        (name) =>
          new Promise((resolve) => {
            spawn(process.execPath, [program, folder, name, '400'], { stdio: 'inherit' }).once(
              'exit',
              resolve,
            );
          }),
      ),
    );
    let running = true;
    void ended.then(() => {
      running = false;
    });
    while (running) {
      await drainSpool({ folder, post });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await drainSpool({ folder, post });
    const told = lines.map((line) => JSON.parse(line) as { name: string; i: number });
    for (const name of names) {
      // One that was written while its batch was read may come twice: receivers know it by its id.
      const own = [...new Set(told.filter((line) => line.name === name).map(({ i }) => i))];
      expect([name, own]).toEqual([name, Array.from({ length: 400 }, (_, i) => i)]);
    }
  });
});
