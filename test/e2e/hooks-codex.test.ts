import { spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODEX_MODEL, ensureCodex, runCodex } from '../helpers/codex.ts';
import { createMonitorHome, type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { startResponsesApi } from '../helpers/responses-api.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let work: string;
let codex: string;
beforeAll(async () => {
  monitor = await installMonitor();
  work = await mkdtemp(join(tmpdir(), 'hooks-codex-'));
  codex = await ensureCodex();
}, 300_000);
afterAll(async () => {
  await monitor[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

interface ListedHook {
  readonly key: string;
  readonly currentHash: string;
  readonly trustStatus: string;
}

/** What Codex itself says of the hooks that it finds. */
async function listedByCodex(home: string): Promise<ListedHook[]> {
  const child = spawn(codex, ['app-server'], {
    env: { PATH: process.env.PATH, HOME: home, LOOPBACK_KEY: 'dummy' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const answer = (id: number) =>
    waitUntil(
      () => output.split('\n').find((line) => line.startsWith(`{"id":${id},`)),
      (line) => line !== undefined,
    );
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  send({ id: 1, method: 'initialize', params: { clientInfo: { name: 'test', version: '1' } } });
  await answer(1);
  send({ method: 'initialized' });
  send({ id: 2, method: 'hooks/list', params: { cwds: [work] } });
  const listed = JSON.parse((await answer(2)) ?? '{}') as { result: { data: { hooks: ListedHook[] }[] } };
  child.kill();
  return listed.result.data.flatMap(({ hooks }) => hooks);
}

interface UsageTotal {
  readonly sessions: number;
  readonly runs: number;
  readonly tool_calls: number;
}

describe('monitor hooks, with the real Codex and no telemetry of its own', () => {
  it('says what Codex does not trust yet, and shows sessions, runs and calls once it does', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('history: {import: none, follow: false}\n');
    expect((await home.run(['up', '--runtime', 'embedded'])).exitCode).toBe(0);
    const folder = join(home.home, '.codex');
    const own = `model = "${CODEX_MODEL}"\n`;
    await mkdir(folder);
    await writeFile(join(folder, 'config.toml'), own);
    const installed = await home.run(['hooks', 'install', 'codex']);
    expect(installed.exitCode, installed.stderr).toBe(0);
    expect(installed.stdout).toContain('next: start codex and type /hooks');

    const found = await listedByCodex(home.home);
    expect(found).toHaveLength(12);
    expect(new Set(found.map(({ trustStatus }) => trustStatus))).toEqual(new Set(['untrusted']));
    const list = async () =>
      (
        await home.json<{ hooks: { installed: string[]; missing: string[]; note: string | null }[] }>([
          'hooks',
          'list',
          'codex',
        ])
      ).data.hooks[0];
    expect(await list()).toMatchObject({ missing: [], note: expect.stringContaining('not trusted yet') });

    // As Codex writes it when a person has reviewed them.
    const states = found.map(
      ({ key, currentHash }) => `\n[hooks.state.${JSON.stringify(key)}]\ntrusted_hash = "${currentHash}"\n`,
    );
    await appendFile(join(folder, 'config.toml'), states.join(''));
    expect(new Set((await listedByCodex(home.home)).map(({ trustStatus }) => trustStatus))).toEqual(
      new Set(['trusted']),
    );
    expect((await list())?.note).toBeNull();

    await using api = await startResponsesApi();
    const [notify = ''] = (await readFile(join(folder, 'config.toml'), 'utf8')).split('\n', 1);
    const run = await runCodex({
      home: home.home,
      cwd: work,
      args: ['[fail] [parallel 2] [agent] go'],
      modelUrl: api.url,
      settings: notify,
      tables: states.join(''),
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).not.toContain('Failed');
    const total = async () => {
      const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/usage?by=project`);
      return ((await response.json()) as { total: UsageTotal }).total;
    };
    const truth = {
      sessions: new Set(api.calls.map(({ threadId }) => threadId)).size,
      runs: new Set(api.calls.map(({ turnId }) => turnId)).size,
      tool_calls: api.calls.flatMap(({ toolCallIds }) => toolCallIds).length,
    };
    await waitUntil(total, ({ tool_calls, runs }) => tool_calls === truth.tool_calls && runs === truth.runs);
    expect(await total()).toMatchObject(truth);

    expect((await home.run(['hooks', 'remove', 'codex'])).exitCode).toBe(0);
    expect(await readdir(folder)).not.toContain('hooks.json');
  }, 180_000);

  it('leaves config.toml and hooks.json byte for byte as they were', async () => {
    await using home = await createMonitorHome(monitor);
    expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
    const folder = join(home.home, '.codex');
    await mkdir(folder);
    const config = '# mine\nmodel = "x"\n\n[features]\nweb_search = true\n';
    const hooks = '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}';
    await writeFile(join(folder, 'config.toml'), config);
    await writeFile(join(folder, 'hooks.json'), hooks);
    expect((await home.run(['hooks', 'install', 'codex'])).exitCode).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'hooks.json'), 'utf8')).hooks.Stop).toHaveLength(2);
    expect((await home.run(['hooks', 'remove', 'codex'])).exitCode).toBe(0);
    expect(await readFile(join(folder, 'config.toml'), 'utf8')).toBe(config);
    expect(await readFile(join(folder, 'hooks.json'), 'utf8')).toBe(hooks);
  }, 60_000);
});
