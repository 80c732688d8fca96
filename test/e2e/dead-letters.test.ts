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
import { type OtlpTarget, startOtlpTarget } from '../helpers/otlp-target.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
let picky: OtlpTarget;
let other: OtlpTarget;
let isStrict = true;
let ui = 0;

beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  picky = await startOtlpTarget(({ signal, headers }) =>
    isStrict && signal === 'logs' && headers['x-key'] === 'k' ? { status: 400, body: 'too odd' } : undefined,
  );
  other = await startOtlpTarget();
  const [ingest = 0, uiPort = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  ui = uiPort;
  await mkdir(dirname(home.settingsFile), { recursive: true });
  await writeFile(
    home.settingsFile,
    stringify({
      runtime: 'embedded',
      ports: { ingest, ui, otlp_grpc, otlp_http },
      telemetry: { self: false, log_interval: '1s' },
      targets: {
        picky: { endpoint: picky.url, signals: ['logs'], headers: { 'x-key': 'k' } },
        other: { endpoint: other.url, signals: ['logs'] },
      },
    }),
  );
  const up = await home.run(['up', '--no-import']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  const { events } = agentmonSession({ project: 'demo', agent: 'a', startMs: Date.now() - 20_000 });
  await fetch(`http://127.0.0.1:${ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
}, 120_000);
afterAll(async () => {
  await home?.run(['down']);
  for (const each of [picky, other, home, monitor]) await each?.[Symbol.asyncDispose]();
});

const listed = async () => {
  const { stdout } = await home.run(['dead-letters', 'list', '--json']);
  return JSON.parse(stdout).data as { total: number; dead_letters: { id: number; reason: string }[] };
};

describe('monitor dead-letters', () => {
  test('lists what a store refused, and gives it to that store alone once more', async () => {
    const { total, dead_letters: letters } = await waitUntil(listed, (data) => data.total >= 10);
    expect(letters[0]).toMatchObject({
      target: 'picky',
      lane: 'logs',
      reason: expect.stringMatching('too odd'),
    });

    const vain = await home.run(['dead-letters', 'retry', String(letters[0]?.id)]);
    expect(vain.exitCode).toBe(1);
    expect(vain.stderr).toContain('too odd');
    expect((await home.run(['dead-letters', 'retry', '999999'])).exitCode).toBe(1);
    expect((await home.run(['dead-letters', 'retry', 'x'])).exitCode).toBe(2);
    expect((await listed()).total).toBe(total);

    isStrict = false;
    const before = other.requests.length;
    const retried = await home.run(['dead-letters', 'retry']);
    expect(retried, retried.stderr).toMatchObject({ exitCode: 0 });
    expect((await listed()).total).toBe(0);
    expect(other.requests).toHaveLength(before);
    expect((await home.run(['dead-letters', 'list'])).stdout).toContain('no dead letters');
  });

  test('can be set off by the command alone, not by a page', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${ui}/v1/dead-letters/retry`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: 'http://evil.example', 'x-agent-monitor-cli': '1' })).status).toBe(403);
    expect((await post({ 'x-agent-monitor-cli': '1' })).status).toBe(200);
  });
});
