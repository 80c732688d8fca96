import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { startModelApi, totalUsage } from '../helpers/model-api.ts';
import { createMonitorHome, type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let root: string;
beforeAll(async () => {
  monitor = await installMonitor();
  root = await mkdtemp(join(tmpdir(), 'hooks-elsewhere-'));
  await ensureClaudeCode();
}, 300_000);
afterAll(async () => {
  await monitor[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** An `ssh` that leads into another home folder of this machine, and nowhere else. */
async function fakeSsh(home: string): Promise<string> {
  const folder = join(root, 'bin');
  await mkdir(folder);
  await writeFile(
    join(folder, 'ssh'),
    `#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\n[ "$2" = dev@vm ] || exit 255\nHOME='${home}' exec sh -c "$3"\n`,
  );
  await chmod(join(folder, 'ssh'), 0o755);
  return folder;
}

it('shows tokens and cost of an agent on another machine, with hooks put there over ssh and monitor follow', async () => {
  await using home = await createMonitorHome(monitor);
  await home.writeSettings('tokens: always\n');
  expect((await home.run(['up', '--runtime', 'embedded'])).exitCode).toBe(0);
  const vm = join(root, 'vm');
  await mkdir(join(vm, '.claude'), { recursive: true });
  const own = '{"cleanupPeriodDays": 30}';
  await writeFile(join(vm, '.claude/settings.json'), own);
  const ssh = { env: { PATH: `${await fakeSsh(vm)}:${process.env.PATH}` } };
  const hooks = (...words: string[]) => home.run(['hooks', ...words, '--ssh', 'dev@vm'], ssh);

  const installed = await hooks('install', 'claude-code', '--address', '127.0.0.1', '--project', 'shop');
  expect(installed.exitCode, installed.stderr).toBe(0);
  expect(installed.stdout).toContain('x-agent-monitor-host": "vm"');
  expect(
    (await hooks('install', 'claude-code', '--address', '127.0.0.1', '--project', 'shop')).stdout,
  ).toContain('nothing to change');

  const printed = await home.json<{ environment: Record<string, string> }>([
    'env',
    'claude-code',
    '--project',
    'shop',
  ]);
  const [, token = ''] = (printed.data.environment.OTEL_EXPORTER_OTLP_HEADERS ?? '').split('=');
  const tokenFile = join(root, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const stop = new AbortController();
  const followed = home.run(
    ['follow', '--to', `http://127.0.0.1:${home.ports.ingest}`, '--token-file', tokenFile],
    {
      env: { HOME: vm },
      timeoutMs: 120_000,
      onStart: (child) => stop.signal.addEventListener('abort', () => child.kill('SIGTERM')),
    },
  );

  await using api = await startModelApi();
  const run = await runClaude({
    prompt: '[tools 2] far away',
    home: vm,
    cwd: join(root, 'work'),
    modelUrl: api.url,
  });
  expect(run.exitCode, run.stderr).toBe(0);
  const served = totalUsage(api.requests);
  const query = await home.run(['usage', '--json', '--by', 'project']);
  expect(query.exitCode, query.stderr).toBe(0);
  const row = async () => {
    const { data } = await home.json<{ rows: { key: { project: string }; cost_micro_usd: number }[] }>([
      'usage',
      '--by',
      'project',
    ]);
    return data.rows.find(({ key }) => key.project === 'shop');
  };
  const cost = Math.round((run.result?.total_cost_usd ?? 0) * 1e6);
  await waitUntil(row, (found) => found?.cost_micro_usd === cost);
  expect(await row()).toMatchObject({
    input_tokens: served.input_tokens,
    output_tokens: served.output_tokens,
    tool_calls: 2,
    sessions: 1,
  });
  stop.abort();
  expect((await followed).exitCode).toBe(143);

  expect((await hooks('remove', 'claude-code')).exitCode).toBe(0);
  expect(await readFile(join(vm, '.claude/settings.json'), 'utf8')).toBe(own);
}, 180_000);

it('says what is wrong with an address, a token file and a machine that cannot be reached', async () => {
  await using home = await createMonitorHome(monitor);
  expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
  expect(await home.json(['follow'])).toMatchObject({ exitCode: 2, code: 'USAGE' });
  expect(await home.json(['follow', '--to', 'http://127.0.0.1:1', '--token-file', 'no-such'])).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('Cannot read the token file'),
  });
  const bin = join(root, 'broken');
  await mkdir(bin);
  await writeFile(join(bin, 'ssh'), '#!/bin/sh\necho "Permission denied (publickey)." >&2\nexit 255\n');
  await chmod(join(bin, 'ssh'), 0o755);
  const refused = await home.run(
    ['hooks', 'install', 'claude-code', '--ssh', 'vm', '--address', '10.0.0.1'],
    {
      env: { PATH: `${bin}:${process.env.PATH}` },
    },
  );
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining('Permission denied (publickey).'),
  ]);
}, 60_000);
