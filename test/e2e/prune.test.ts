import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { agentmonSession } from '../helpers/agentmon-session.ts';
import { freePorts } from '../helpers/free-ports.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
let ingest = 0;

beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  const [ingestPort = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  ingest = ingestPort;
  await mkdir(dirname(home.settingsFile), { recursive: true });
  await writeFile(
    home.settingsFile,
    stringify({ runtime: 'embedded', ports: { ingest, ui, otlp_grpc, otlp_http } }),
  );
  const up = await home.run(['up', '--no-import']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(async () => {
  await home?.run(['down']);
  for (const each of [home, monitor]) await each?.[Symbol.asyncDispose]();
});

/** Posts a session and waits until it is shown. @returns its id and how many events it has */
async function postSession(startMs: number): Promise<{ id: string; events: number }> {
  const { sessionId, events } = agentmonSession({ project: 'demo', agent: 'a', startMs });
  await fetch(`http://127.0.0.1:${ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  await waitUntil(sessionIds, (ids) => ids.includes(sessionId));
  return { id: sessionId, events: events.length };
}

async function sessionIds(): Promise<string[]> {
  const { stdout } = await home.run(['session', 'list', '--json']);
  return (JSON.parse(stdout).data.sessions as { session_id: string }[]).map(({ session_id }) => session_id);
}

const pruned = async (...args: string[]) => {
  const result = await home.run(['prune', ...args, '--json']);
  return { exitCode: result.exitCode, ...JSON.parse(result.stdout) };
};

describe('monitor prune', () => {
  test('--session forgets one session and leaves the others', async () => {
    const forgotten = await postSession(Date.now() - 60_000);
    const kept = await postSession(Date.now() - 60_000);
    const dry = await pruned('--session', forgotten.id, '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, data: { dry_run: true, events: forgotten.events } });
    expect(await sessionIds()).toContain(forgotten.id);

    expect(await pruned('--session', forgotten.id)).toMatchObject({
      exitCode: 2,
      code: 'CONFIRMATION_NEEDED',
    });
    expect(await pruned('--session', forgotten.id, '--yes')).toMatchObject({
      exitCode: 0,
      data: { events: forgotten.events, stores: [] },
    });
    const ids = await sessionIds();
    expect(ids).toContain(kept.id);
    expect(ids).not.toContain(forgotten.id);
    expect(await pruned('--session', forgotten.id, '--yes')).toMatchObject({
      exitCode: 1,
      code: 'NOT_FOUND',
    });
  });

  test('--older-than deletes old events; sessions and sums stay', async () => {
    const old = await postSession(Date.now() - 3 * 86_400_000);
    await waitUntil(
      () => pruned('--older-than', '1d', '--dry-run'),
      ({ data }) => data.events === old.events,
    );
    expect(await pruned('--older-than', '1d', '--yes')).toMatchObject({
      exitCode: 0,
      data: { events: old.events },
    });
    expect(await sessionIds()).toContain(old.id);
    expect((await pruned('--older-than', '1d', '--dry-run')).data.events).toBe(0);
  }, 90_000);

  test('of old days forgets single events and facts, not what they add up to', async () => {
    const old = await postSession(Date.now() - 20 * 86_400_000);
    const figures = async (): Promise<unknown> => {
      const { stdout } = await home.run([
        'usage',
        '--by',
        'day,project,model,tool',
        '--since',
        '60d',
        '--json',
      ]);
      return JSON.parse(stdout).data;
    };
    await waitUntil(
      () => pruned('--older-than', '15d', '--dry-run'),
      ({ data }) => data.events === old.events && data.facts > 0,
    );
    const before = await figures();
    expect((await pruned('--older-than', '15d', '--yes')).data).toMatchObject({ events: old.events });
    expect(await figures()).toEqual(before);
    expect((await home.run(['rebuild'])).stdout).toContain('nothing differed');
    expect(await figures()).toEqual(before);
  }, 90_000);

  test('wants to know what, in a form that it knows', async () => {
    expect(await pruned()).toMatchObject({ exitCode: 2 });
    expect(await pruned('--session', 'a', '--older-than', '1d')).toMatchObject({ exitCode: 2 });
    expect(await pruned('--older-than', 'soon')).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('"soon"'),
    });
  });
});
