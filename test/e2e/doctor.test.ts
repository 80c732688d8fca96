import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { freePorts } from '../helpers/free-ports.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
let ports: Record<string, number>;

beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  ports = { ingest, ui, otlp_grpc, otlp_http };
  await mkdir(dirname(home.settingsFile), { recursive: true });
  await writeFile(
    home.settingsFile,
    stringify({
      runtime: 'embedded',
      ports,
      targets: { cloud: { endpoint: 'http://127.0.0.1:9', headers: { authorization: 'Bearer hush' } } },
    }),
  );
}, 120_000);
afterAll(async () => {
  await home?.run(['down']);
  for (const each of [home, monitor]) await each?.[Symbol.asyncDispose]();
});

interface Report {
  readonly id: string;
  readonly state: string;
  readonly found: string;
}

async function doctor(...args: string[]): Promise<{ exitCode: number | null; checks: Report[] }> {
  const { exitCode, stdout } = await home.run(['doctor', '--json', ...args]);
  return { exitCode, checks: JSON.parse(stdout).data.checks as Report[] };
}

const stateOf = (checks: readonly Report[], id: string): string | undefined =>
  checks.find((check) => check.id === id)?.state;

describe('monitor doctor', () => {
  test('finds nothing wrong before anything was set up, and a port that somebody else has', async () => {
    const before = await doctor();
    expect(before.exitCode).toBe(0);
    expect(stateOf(before.checks, 'ports')).toBe('ok');
    expect(stateOf(before.checks, 'journal')).toBe('skipped');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports.ui, '127.0.0.1', resolve));
    const taken = await doctor('--only', 'ports');
    server.close();
    expect(taken).toMatchObject({ exitCode: 1, checks: [{ state: 'failed' }] });
    expect(taken.checks[0]?.found).toContain(`pid ${process.pid}`);
  });

  test('looks at what runs; --fix takes from others what is not for them; --bundle holds no secret', async () => {
    const up = await home.run(['up', '--no-import']);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    const running = await doctor();
    expect(stateOf(running.checks, 'parts')).toBe('ok');
    expect(stateOf(running.checks, 'journal')).toBe('ok');

    const { stdout } = await home.run(['config', 'path', '--json']);
    const { journal } = JSON.parse(stdout).data as { journal: string };
    await chmod(journal, 0o644);
    expect(await doctor('--only', 'permissions')).toMatchObject({
      exitCode: 1,
      checks: [{ state: 'failed' }],
    });
    expect((await stat(journal)).mode & 0o777).toBe(0o644);
    expect(await doctor('--only', 'permissions', '--fix')).toMatchObject({
      exitCode: 0,
      checks: [{ state: 'ok' }],
    });
    expect((await stat(journal)).mode & 0o777).toBe(0o600);

    const file = join(dirname(home.settingsFile), 'bundle.json');
    await home.run(['doctor', '--bundle', file]);
    const bundle = await readFile(file, 'utf8');
    expect(bundle).toContain('"journal"');
    expect(bundle).not.toContain('hush');
  });

  test('verify follows a marked session through every door and back, and forgets it', async () => {
    const { exitCode, stdout } = await home.run(['verify', '--json']);
    expect(exitCode, stdout).toBe(0);
    const { data } = JSON.parse(stdout) as {
      data: { session_id: string; hops: { hop: string; ok: boolean; latency_ms: number }[] };
    };
    expect(data.hops.map(({ hop, ok }) => [hop, ok])).toEqual(
      ['ingest', 'otlp logs', 'otlp metrics', 'otlp traces', 'query API'].map((hop) => [hop, true]),
    );
    for (const { latency_ms } of data.hops) expect(latency_ms).toBeGreaterThan(0);
    expect((await home.run(['session', 'show', data.session_id])).exitCode).toBe(1);
    const kept = await home.run(['verify', '--keep', '--json']);
    const { session_id: id } = JSON.parse(kept.stdout).data as { session_id: string };
    expect((await home.run(['session', 'show', id])).exitCode).toBe(0);
  });

  test('skips what it cannot look at where the settings are not valid', async () => {
    const settings = await readFile(home.settingsFile, 'utf8');
    await writeFile(home.settingsFile, 'ports: {ui: nothing}\n');
    const { exitCode, checks } = await doctor();
    // With those nothing could be stopped.
    await writeFile(home.settingsFile, settings);
    expect(exitCode).toBe(1);
    expect(checks.filter(({ state }) => state === 'failed').map(({ id }) => id)).toEqual(['settings']);
  });
});
