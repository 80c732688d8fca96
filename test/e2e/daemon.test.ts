import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DaemonOptions, startDetached, stopDaemon } from '../../cli/embedded/daemon.ts';
import { findRunning } from '../../cli/embedded/pid-file.ts';
import { processIdentity } from '../../cli/embedded/process-identity.ts';

let folder: string;
let pidFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daemon-'));
  pidFile = join(folder, 'state/bridge.pid');
});
afterEach(async () => {
  await stopDaemon(pidFile, 0);
  await rm(folder, { recursive: true });
});

function daemon(script: string): DaemonOptions {
  return {
    command: [process.execPath, '-e', script],
    env: {},
    pidFile,
    logFile: join(folder, 'state/bridge.log'),
    fingerprint: 'one',
  };
}

const waitForever = 'setInterval(() => {}, 1000);';

describe('startDetached() and stopDaemon()', () => {
  it('run a program in a session of its own until it is asked to end', async () => {
    const { record } = await startDetached(daemon(`console.log('hello'); ${waitForever}`));
    expect(await findRunning(pidFile)).toEqual(record);
    const stat = await readFile(`/proc/${record.pid}/stat`, 'utf8');
    const session = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
    expect(session).toBe(record.pid);
    expect(await stopDaemon(pidFile, 5_000)).toBe('stopped');
    expect(await findRunning(pidFile)).toBeNull();
    expect(existsSync(pidFile)).toBe(false);
    expect(await stopDaemon(pidFile, 5_000)).toBe('not-running');
  });

  it('tell when and how the program ended by itself', async () => {
    const { ended } = await startDetached(daemon(`console.error('no'); process.exitCode = 7`));
    expect(await ended).toBe(7);
    expect(await readFile(join(folder, 'state/bridge.log'), 'utf8')).toBe('no\n');
    expect(await findRunning(pidFile)).toBeNull();
  });

  it('end by force what does not end in time', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); console.log('up'); ${waitForever}`;
    const { record, ended } = await startDetached(daemon(stubborn));
    while (!(await readFile(join(folder, 'state/bridge.log'), 'utf8')).includes('up')) await tick();
    expect(await stopDaemon(pidFile, 100)).toBe('killed');
    expect(await ended).toBe('SIGKILL');
    expect(await processIdentity(record.pid)).toBeNull();
  });

  it('never touch a process that got the same pid later', async () => {
    await startDetached(daemon(waitForever));
    const record = JSON.parse(await readFile(pidFile, 'utf8')) as { pid: number; identity: string };
    await stopDaemon(pidFile, 5_000);
    await writeFile(pidFile, JSON.stringify({ ...record, pid: process.pid }));
    expect(await findRunning(pidFile)).toBeNull();
    expect(await stopDaemon(pidFile, 5_000)).toBe('not-running');
  });
});

describe('findRunning()', () => {
  it('takes a pid file that was cut off for none', async () => {
    await startDetached(daemon(''));
    await writeFile(pidFile, '{"pid": 12');
    expect(await findRunning(pidFile)).toBeNull();
  });
});

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
