import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePorts } from '../helpers/free-ports.ts';
import {
  createMonitorHome,
  type FinishedProgram,
  type InstalledMonitor,
  installMonitor,
  type JsonDocument,
  type RunProgramOptions,
  runProgram,
} from '../helpers/monitor.ts';
import { testImages } from '../helpers/stack.ts';

const PORT_NAMES = [
  'ingest',
  'ui',
  'otlp_grpc',
  'otlp_http',
  'collector_health',
  'prometheus',
  'loki',
  'jaeger',
  'grafana',
] as const;
const COLD_START_MS = 30_000;
const IDLE_MEMORY_MIB = 700;
/** It is 3 on a quiet machine; one that is busy, with caches that others fill, needs more time for the same work. */
const IDLE_CPU_PERCENT = 6;
/** Between two health checks. */
const WATCH_CPU_MS = 30_000;
/** Other programs on the machine make the same work take longer; the least of some windows is the stack's own. */
const CPU_WINDOWS = 5;

interface Part {
  readonly name: string;
  readonly state: string;
  readonly url: string | null;
}

let monitor: InstalledMonitor;

beforeAll(async () => {
  monitor = await installMonitor();
}, 120_000);
afterAll(async () => {
  await monitor?.[Symbol.asyncDispose]();
});

/** A home for the docker runtime: free ports, the tests' images, no Grafana. */
async function dockerHome(settings: Readonly<Record<string, unknown>> = {}) {
  const home = await createMonitorHome(monitor);
  const numbers = await freePorts(PORT_NAMES.length);
  const ports = Object.fromEntries(PORT_NAMES.map((name, index) => [name, numbers[index] ?? 0]));
  const document = { runtime: 'docker', ports, images: testImages(), parts: { grafana: false }, ...settings };
  await mkdir(dirname(home.settingsFile), { recursive: true });
  await writeFile(home.settingsFile, stringify(document));
  // Compose's plugin and Docker's context are those of the user who runs the tests.
  const env = { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), '.docker') };
  const run = (args: readonly string[], options: RunProgramOptions = {}): Promise<FinishedProgram> =>
    home.run(args, { timeoutMs: 150_000, ...options, env: { ...env, ...options.env } });
  return {
    home,
    ports,
    stackDir: join(home.home, '.local/share/agent-monitor/stack'),
    run,
    async json<Data>(...args: string[]): Promise<JsonDocument<Data> & { exitCode: number | null }> {
      const result = await run([...args, '--json']);
      return { ...(JSON.parse(result.stdout) as JsonDocument<Data>), exitCode: result.exitCode };
    },
    async [Symbol.asyncDispose]() {
      await run(['down', '--volumes', '--yes']);
      await home[Symbol.asyncDispose]();
    },
  };
}

type DockerHome = Awaited<ReturnType<typeof dockerHome>>;

async function docker(...args: string[]): Promise<string> {
  const result = await runProgram('docker', args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
}

function projectOf({ stackDir }: DockerHome): string {
  const text = readFileSync(join(stackDir, 'compose.yaml'), 'utf8');
  return /^name: (\S+)/m.exec(text)?.[1] ?? '';
}

function containersOf(home: DockerHome): Promise<string> {
  const label = `label=com.docker.compose.project=${projectOf(home)}`;
  return docker('ps', '--all', '--quiet', '--filter', label);
}

/** Time that a project's containers have used the processor for, milliseconds. */
async function cpuTimeMs(containers: readonly string[]): Promise<number> {
  const pids = await docker('inspect', '--format', '{{.State.Pid}}', ...containers);
  const groups = pids.split('\n').map((pid) => {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    const v1 = lines.find((line) => /^\d+:[^:]*\bcpuacct\b[^:]*:/.test(line));
    const path = (v1 ?? lines.find((line) => line.startsWith('0::')))?.split(':')[2] ?? '';
    if (v1 !== undefined)
      return Number(readFileSync(`/sys/fs/cgroup/cpuacct${path}/cpuacct.usage`, 'utf8')) / 1e6;
    const [, usage] = /usage_usec (\d+)/.exec(readFileSync(`/sys/fs/cgroup${path}/cpu.stat`, 'utf8')) ?? [];
    return Number(usage) / 1e3;
  });
  return groups.reduce((sum, ms) => sum + ms, 0);
}

describe('monitor init --runtime docker', () => {
  it('writes files that Compose accepts, starts nothing, and changes nothing when run again', async () => {
    await using home = await dockerHome({ parts: { grafana: true } });
    const first = await home.json<{ files: { path: string; outcome: string }[] }>('init');
    expect(first, JSON.stringify(first)).toMatchObject({ ok: true, exitCode: 0 });
    await docker('compose', '--file', join(home.stackDir, 'compose.yaml'), 'config', '--quiet');
    expect(await containersOf(home)).toBe('');
    const second = await home.json<{ files: { path: string; outcome: string }[] }>('init');
    expect(second.data.files.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
  });

  it('keeps a hand edit and says so; --force renews it and keeps a copy', async () => {
    await using home = await dockerHome();
    await home.run(['init']);
    const file = join(home.stackDir, 'loki.yaml');
    const edited = `${await readFile(file, 'utf8')}# mine\n`;
    await writeFile(file, edited);
    const kept = await home.json<{ kept: string[] }>('init');
    expect(kept.data.kept).toEqual(['loki.yaml']);
    expect(await readFile(file, 'utf8')).toBe(edited);
    const forced = await home.json<{ backup_dir: string }>('init', '--force');
    expect(await readFile(file, 'utf8')).not.toContain('# mine');
    expect(await readFile(join(forced.data.backup_dir, 'loki.yaml'), 'utf8')).toBe(edited);
  });

  it('is refused with the remedy where there is no docker', async () => {
    await using home = await dockerHome();
    const result = await home.run(['up', '--runtime', 'docker', '--json'], {
      env: { PATH: dirname(process.execPath) },
    });
    expect(result.exitCode).toBe(6);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, code: 'PREREQUISITE_MISSING' });
  });
});

describe('monitor up --runtime docker', () => {
  let home: DockerHome;
  let cold: FinishedProgram;

  beforeAll(async () => {
    home = await dockerHome();
    cold = await home.run(['up', '--pull', 'never']);
  }, 180_000);
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  }, 120_000);

  it('returns in time, when Loki takes a write and Prometheus answers', async () => {
    expect(cold.exitCode, cold.stdout + cold.stderr).toBe(0);
    expect(cold.durationMs).toBeLessThan(COLD_START_MS);
    expect(cold.stdout).toContain(`http://127.0.0.1:${home.ports.ui}`);
    const now = `${Date.now()}000000`;
    const push = await fetch(`http://127.0.0.1:${home.ports.loki}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [{ stream: { service_name: 'test' }, values: [[now, 'x']] }] }),
    });
    expect(push.status).toBe(204);
    const query = await fetch(`http://127.0.0.1:${home.ports.prometheus}/api/v1/query?query=1`);
    expect(query.status).toBe(200);
  });

  it('tells every part in status', async () => {
    const { data, ok } = await home.json<{ runtime: string; parts: Part[]; agents: unknown[] }>('status');
    expect(ok).toBe(true);
    expect(data.runtime).toBe('docker');
    expect(data.parts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'bridge healthy',
      'otel-collector healthy',
      'prometheus healthy',
      'loki healthy',
      'jaeger healthy',
      'host healthy',
    ]);
    expect(Array.isArray(data.agents)).toBe(true);
  });

  it('is harmless when run again', async () => {
    const before = await containersOf(home);
    const again = await home.json<{ already_running: boolean; urls: Record<string, string | null> }>('up');
    expect(again).toMatchObject({
      ok: true,
      data: {
        already_running: true,
        urls: {
          ui: `http://127.0.0.1:${home.ports.ui}`,
          otlp_grpc: `127.0.0.1:${home.ports.otlp_grpc}`,
          grafana: null,
        },
      },
    });
    expect(await containersOf(home)).toBe(before);
  });

  it('shows the merged logs of all parts, and of one', async () => {
    const all = await home.run(['logs']);
    expect(all.stdout).toMatch(/prometheus +\|/);
    expect(all.stdout).toMatch(/bridge +\|/);
    const one = await home.run(['logs', 'prometheus', '-n', '2']);
    expect(one.stdout.trim().split('\n')).toHaveLength(2);
    expect(await home.run(['logs', 'promtheus'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean "prometheus"?'),
    });
  });

  it('takes little of the machine when idle', async () => {
    const containers = (await containersOf(home)).split('\n');
    const lines = await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', ...containers);
    const usedMib = lines.split('\n').map((line) => {
      const [, amount, unit] = /^([\d.]+)(\w+)/.exec(line) ?? [];
      return Number(amount) * (unit === 'GiB' ? 1024 : unit === 'KiB' ? 1 / 1024 : 1);
    });
    expect(usedMib.reduce((sum, mib) => sum + mib, 0)).toBeLessThan(IDLE_MEMORY_MIB);
    const percents: number[] = [];
    while (percents.length < CPU_WINDOWS && !percents.some((percent) => percent < IDLE_CPU_PERCENT)) {
      const beforeMs = await cpuTimeMs(containers);
      await delay(WATCH_CPU_MS);
      percents.push((((await cpuTimeMs(containers)) - beforeMs) / WATCH_CPU_MS) * 100);
    }
    expect(Math.min(...percents), `of a core: ${percents}`).toBeLessThan(IDLE_CPU_PERCENT);
  });

  it('ships the lines of a labelled container, and only then starts what does', async () => {
    const name = `${projectOf(home)}-labelled`;
    const script = "setInterval(() => console.log('a line of the labelled container'), 500)";
    const labels = ['--label', 'agent-monitor.logs=true', '--label', 'agent-monitor.project=shop'];
    await docker(
      'run',
      '--detach',
      '--name',
      name,
      ...labels,
      testImages().bridge ?? '',
      'node',
      '-e',
      script,
    );
    try {
      const { data } = await home.json<{ parts: Part[] }>('up');
      expect(data.parts.map(({ name: part, state }) => `${part} ${state}`)).toEqual(
        expect.arrayContaining(['promtail healthy', 'socket-proxy healthy']),
      );
      const query = new URLSearchParams({ query: `{service_name="${name}", project="shop"}` });
      const url = `http://127.0.0.1:${home.ports.loki}/loki/api/v1/query_range?${query}`;
      let text = '';
      for (const deadlineMs = Date.now() + 20_000; Date.now() < deadlineMs && !text.includes('a line of'); ) {
        await delay(500);
        text = await (await fetch(url)).text();
      }
      expect(text).toContain('a line of the labelled container');
    } finally {
      await docker('rm', '--force', name);
    }
  });

  it('moves a part to another port and names the owner of a taken one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const refused = await home.json('up', '--port', `jaeger=${taken}`);
      expect(refused).toMatchObject({ exitCode: 7, code: 'PORT_IN_USE' });
      expect(refused.message).toMatch(
        new RegExp(`^Cannot start jaeger: port ${taken} is used by .+ \\(pid ${process.pid}\\)$`),
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const [port = 0] = await freePorts(1);
    const moved = await home.json<{ urls: { jaeger: string } }>('up', '--port', `jaeger=${port}`);
    expect(moved).toMatchObject({ ok: true, data: { urls: { jaeger: `http://127.0.0.1:${port}` } } });
    expect((await fetch(`http://127.0.0.1:${port}/api/services`)).status).toBe(200);
    expect(await readFile(home.home.settingsFile, 'utf8')).toContain(`jaeger: ${port}`);
  });

  it('keeps data over down and up, and takes the journal along to the other runtime', async () => {
    const token = await readFile(join(home.home.home, '.local/state/agent-monitor/host-token'), 'utf8');
    const event = {
      schema: { name: 'agentmon.event', version: 1 },
      event: {
        id: 'kept-1',
        type: 'session.start',
        ts: new Date().toISOString(),
        source: { framework: 'openclaw', client_id: 'c1', host: 'laptop' },
      },
      correlation: { session_id: 'kept-session' },
      attributes: {},
      payload: {},
    };
    const post = await fetch(`http://127.0.0.1:${home.ports.ingest}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(post.status).toBe(202);
    const sessions = async () => (await home.run(['session', 'list'])).stdout;

    const running = await home.json('init', '--runtime', 'embedded');
    expect(running).toMatchObject({ exitCode: 7, code: 'RUNTIME_CHANGE_REFUSED' });
    const down = await home.run(['down']);
    expect(down).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Data is kept in') });
    expect((await home.run(['down'])).exitCode).toBe(0);
    expect(await home.json('status')).toMatchObject({ exitCode: 3, code: 'NOT_RUNNING' });

    expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
    expect((await home.run(['up'])).exitCode).toBe(0);
    expect(await sessions()).toContain('kept-session');
    expect((await home.run(['down'])).exitCode).toBe(0);
    expect((await home.run(['init', '--runtime', 'docker'])).exitCode).toBe(0);
    expect((await home.run(['up'])).exitCode).toBe(0);
    expect(await sessions()).toContain('kept-session');
  });

  it('deletes data only when it is told to twice', async () => {
    expect(await home.json('down', '--volumes')).toMatchObject({ exitCode: 2, code: 'CONFIRMATION_NEEDED' });
    const project = projectOf(home);
    expect(await home.json('down', '--volumes', '--yes')).toMatchObject({
      ok: true,
      data: { deleted: true },
    });
    expect(await docker('volume', 'ls', '--quiet', '--filter', `name=${project}`)).toBe('');
    expect(await docker('network', 'ls', '--quiet', '--filter', `name=${project}`)).toBe('');
  });
});

describe('a start that fails', () => {
  it('ends the wait at once when a part dies, with its last lines', async () => {
    await using home = await dockerHome({ images: { ...testImages(), jaeger: testImages().prometheus } });
    const result = await home.json('up', '--timeout', '100s');
    expect(result).toMatchObject({ exitCode: 1, code: 'PART_FAILED' });
    expect(result.message).toContain('Cannot start jaeger');
    expect(result.fix).toContain('monitor logs jaeger');
    const shown = await home.run(['up', '--timeout', '100s']);
    expect(shown.stderr).toContain("unknown long flag '--config'");
  });

  it('says which image is missing and what can be done', async () => {
    await using home = await dockerHome({ images: { ...testImages(), loki: 'agent-monitor-test/none:1' } });
    const result = await home.json('up', '--pull', 'never');
    expect(result).toMatchObject({ exitCode: 6, code: 'IMAGE_MISSING' });
    expect(result.fix.join('\n')).toContain('registry_mirror');
  });

  it('refuses wrong settings before anything is touched', async () => {
    await using home = await dockerHome({ prots: { ui: 1 } });
    const result = await home.json('up');
    expect(result).toMatchObject({ exitCode: 2, code: 'SETTINGS_INVALID' });
    expect(result.message).toMatch(/line \d+: "prots" is no setting, did you mean "ports"\?/);
  });
});
