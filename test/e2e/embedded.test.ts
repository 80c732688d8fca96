import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../cli/output/format-usd.ts';
import { freePorts } from '../helpers/free-ports.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { placeTranscripts, type TranscriptTruth } from '../helpers/place-transcripts.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
});
afterAll(() => monitor[Symbol.asyncDispose]());

interface UsageRow {
  readonly key: Readonly<Record<string, string>>;
  readonly sessions: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number;
}

interface Usage {
  readonly rows: readonly UsageRow[];
  readonly total: UsageRow;
}

interface Up {
  readonly runtime: string;
  readonly parts: readonly { readonly name: string; readonly state: string }[];
  readonly urls: Readonly<Record<string, string | null>>;
}

/** Three days of work of one user. */
async function placeHistory(home: string): Promise<TranscriptTruth[]> {
  return [
    await placeTranscripts(home, 'parallel-tools', 20),
    await placeTranscripts(home, 'failing-tool', 3),
    await placeTranscripts(home, 'basic', 1),
  ];
}

/** Tokens, cost and sessions of each day, the oldest first. */
function byDay({ rows }: Usage): TranscriptTruth[] {
  return rows
    .map(({ key, ...row }) => ({
      day: key.day ?? '',
      input_tokens: row.input_tokens,
      output_tokens: row.output_tokens,
      cache_read_tokens: row.cache_read_tokens,
      cache_creation_tokens: row.cache_creation_tokens,
      sessions: row.sessions,
      cost_micro_usd: row.cost_micro_usd,
    }))
    .sort((a, b) => a.day.localeCompare(b.day));
}

async function usageByDay(home: MonitorHome): Promise<TranscriptTruth[]> {
  return byDay((await home.json<Usage>(['usage', '--by', 'day'])).data);
}

describe('monitor up without Docker', () => {
  it('shows what the transcripts of an untouched home cost by day, within 20 s', async () => {
    await using home = await createMonitorHome(monitor);
    const truth = await placeHistory(home.home);
    const up = await home.run(['up', '--runtime', 'embedded']);
    expect(up.stderr + up.stdout).toContain('monitor env claude-code');
    expect(up).toMatchObject({ exitCode: 0 });
    expect(up.durationMs).toBeLessThan(20_000);
    expect(up.stdout).toContain(`http://127.0.0.1:${home.ports.ui}`);
    expect(up.stdout).toContain('3 of 3 transcripts');
    const cost = truth.reduce((sum, { cost_micro_usd: microUsd }) => sum + microUsd, 0);
    expect(up.stdout).toContain(`${formatUsd(cost)} in the last 30 days, $0.00 today`);

    expect(await usageByDay(home)).toEqual(truth);
    const page = await (await fetch(`http://127.0.0.1:${home.ports.ui}/`)).text();
    for (const { day } of truth) expect(page).toContain(day);
    const table = await home.run(['usage']);
    expect(table.stdout.split('\n')[0]).toMatch(/^DAY +SESSIONS +RUNS .* COST +PER TASK$/);

    const sessions = await home.json<{ sessions: { session_id: string }[] }>(['session', 'list']);
    expect(sessions.data.sessions).toHaveLength(3);
    const [newest] = sessions.data.sessions;
    const shown = await home.json<{ timeline: { kind: string; title: string }[] }>([
      'session',
      'show',
      newest?.session_id ?? '',
    ]);
    expect(shown.data.timeline.filter(({ kind }) => kind === 'tool')).toHaveLength(2);
  });

  it('counts nothing twice after down and up, and says the same when it runs already', async () => {
    await using home = await createMonitorHome(monitor);
    const truth = await placeHistory(home.home);
    const first = await home.json<Up>(['up', '--runtime', 'embedded']);
    expect(first).toMatchObject({ schema: 'agent-monitor.up/1', ok: true, exitCode: 0 });
    expect(first.data.runtime).toBe('embedded');
    expect(first.data.parts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'bridge healthy',
      'host healthy',
    ]);
    const again = await home.json<Up>(['up']);
    expect(again.data.urls).toEqual(first.data.urls);
    expect(again.exitCode).toBe(0);

    // A clone that was built anew has the same version.
    await appendFile(join(dirname(monitor.program), 'bridge-roles.mjs'), '// newer');
    expect((await home.run(['up'])).stderr).toContain('Settings or version have changed: starting again.');

    const down = await home.json(['down']);
    expect(down).toMatchObject({ ok: true, exitCode: 0 });
    const asked = await home.json(['usage']);
    expect(asked).toMatchObject({ ok: false, code: 'NOT_RUNNING', fix: ['monitor up'], exitCode: 3 });
    expect((await home.run(['status'])).exitCode).toBe(3);
    expect((await home.run(['down'])).exitCode).toBe(0);

    await home.run(['up']);
    expect(await usageByDay(home)).toEqual(truth);
    await home.run(['import', '--path', join(home.home, '.claude')]);
    expect(await usageByDay(home)).toEqual(truth);
  });

  it('takes in what agents write while it runs', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded']);
    const truth = await placeTranscripts(home.home, 'basic', 0);
    expect(
      await waitUntil(
        () => usageByDay(home),
        ([day]) => day?.output_tokens === truth.output_tokens,
      ),
    ).toEqual([truth]);
  });

  it('takes in no history with --no-import, and all of it when asked to later', async () => {
    await using home = await createMonitorHome(monitor);
    const truth = await placeHistory(home.home);
    await home.run(['up', '--runtime', 'embedded', '--no-import']);
    expect(await usageByDay(home)).toEqual([]);
    const imported = await home.run(['import']);
    expect(imported.stdout).toContain('Took in 3 of 3 transcripts');
    expect(await usageByDay(home)).toEqual(truth);
  });

  it('stays in the foreground when asked to, until it is interrupted', async () => {
    await using home = await createMonitorHome(monitor);
    let said = '';
    const finished = home.run(['up', '--runtime', 'embedded', '--foreground'], {
      onStart(child) {
        child.stderr?.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('next: monitor env')) child.kill('SIGINT');
        });
      },
    });
    expect((await finished).exitCode).toBe(130);
    expect(said).toContain(`http://127.0.0.1:${home.ports.ui}`);
    expect((await home.run(['status'])).exitCode).toBe(3);
  });

  it('starts again by itself after the bridge was killed, and keeps its figures', async () => {
    await using home = await createMonitorHome(monitor);
    const truth = await placeHistory(home.home);
    await home.run(['up', '--runtime', 'embedded']);
    const log = await readFile(join(home.home, '.local/state/agent-monitor/logs/bridge.log'), 'utf8');
    const pid = /"pid":(\d+),.*"msg":"ready"/.exec(log)?.[1];
    process.kill(Number(pid), 'SIGKILL');
    expect(
      await waitUntil(
        () => home.json<Usage>(['usage']),
        ({ ok }) => ok,
      ).then(({ data }) => byDay(data)),
    ).toEqual(truth);
  });
});

describe('what can be wrong', () => {
  it('a port that is taken: exit 7, named with its owner, and nothing is left running', async () => {
    await using home = await createMonitorHome(monitor);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(home.ports.otlp_http, '127.0.0.1', resolve));
    try {
      const up = await home.json(['up', '--runtime', 'embedded']);
      expect(up).toMatchObject({ ok: false, code: 'PORT_IN_USE', exitCode: 7 });
      expect(up.message).toContain(`port ${home.ports.otlp_http} is used by`);
      expect(up.message).toContain(`pid ${process.pid}`);
      expect(up.fix[0]).toMatch(/^monitor up --port otlp_http=\d+$/);
      expect((await home.run(['status'])).exitCode).toBe(3);
    } finally {
      server.close();
    }
  });

  it('a journal of a newer program: said at once, nothing is left running, nothing is put aside', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded']);
    await home.run(['down']);
    const folder = join(home.home, '.local/share/agent-monitor/bridge');
    const files = await readdir(folder);
    {
      using journal = new DatabaseSync(join(folder, 'journal.db'));
      journal.exec('PRAGMA user_version = 1000');
    }
    const up = await home.json(['up']);
    expect(up).toMatchObject({
      ok: false,
      code: 'PART_FAILED',
      message: expect.stringContaining('exit code 78'),
    });
    expect((await home.run(['status'])).exitCode).toBe(3);
    expect(await readdir(folder)).toEqual(files);
  });

  it('ports moved in settings.yaml and by --port really move', async () => {
    await using home = await createMonitorHome(monitor);
    const [ui = 0] = await freePorts(1);
    const up = await home.json<Up>(['up', '--runtime', 'embedded', '--port', `ui=${ui}`]);
    expect(up.data.urls).toMatchObject({
      ui: `http://127.0.0.1:${ui}`,
      ingest: `http://127.0.0.1:${home.ports.ingest}`,
    });
    expect((await fetch(`http://127.0.0.1:${ui}/healthz`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${home.ports.ui}/healthz`)).rejects.toThrow('fetch failed');
    const env = await home.run(['env', '--format', 'dotenv']);
    expect(env.stdout).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${home.ports.otlp_http}\n`);
  });

  it('settings.yaml with a misspelt key: exit 2 with line, key and the nearest known one', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('telemetry:\n  metric_intervall: 10s\n');
    const up = await home.json(['up', '--runtime', 'embedded']);
    expect(up).toMatchObject({ ok: false, code: 'SETTINGS_INVALID', exitCode: 2 });
    expect(up.message).toContain('metric_intervall');
    expect(up.message).toContain('metric_interval');
    expect(up.message).toContain('line 3');
  });

  it('settings that have become wrong do not keep it running: down says what is wrong and stops it', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded']);
    await home.writeSettings('telemetry:\n  metric_intervall: 10s\n');
    const down = await home.run(['down']);
    expect(down).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Stopped bridge') });
    expect(down.stderr).toContain('metric_intervall');
    await expect(fetch(`http://127.0.0.1:${home.ports.ui}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('a pid file of before the last boot: nothing of that number is touched', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded']);
    const pidFile = join(home.home, '.local/state/agent-monitor/bridge.pid');
    const record = JSON.parse(await readFile(pidFile, 'utf8'));
    await home.run(['down']);
    await writeFile(pidFile, JSON.stringify({ ...record, pid: process.pid }));
    expect((await home.run(['status'])).exitCode).toBe(3);
    expect((await home.run(['down'])).exitCode).toBe(0);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('two at once: both end well and one bridge runs', async () => {
    await using home = await createMonitorHome(monitor);
    const both = await Promise.all([1, 2].map(() => home.json<Up>(['up', '--runtime', 'embedded'])));
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    await home.run(['down']);
    await expect(fetch(`http://127.0.0.1:${home.ports.ui}/healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('tokens: always', () => {
  it('the settings that env prints are let in, under the project and agent that they name', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('tokens: always\n');
    await home.run(['up', '--runtime', 'embedded']);
    const events = `http://127.0.0.1:${home.ports.ingest}/v1/events`;
    const event = {
      schema: { name: 'agentmon.event', version: 1 },
      event: {
        id: 'one',
        type: 'session.start',
        ts: new Date().toISOString(),
        source: { framework: 'claude-code', client_id: 'c', host: 'h' },
      },
      correlation: { session_id: 'session-one' },
      attributes: { project: 'claimed', agent: 'claimed' },
      payload: {},
    };
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(events, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(event),
      });
    expect((await post({})).status).toBe(401);

    const { data } = await home.json<{ environment: Record<string, string> }>([
      'env',
      'claude-code',
      '--project',
      'demo',
      '--agent-name',
      'alice',
    ]);
    const [name = '', token = ''] = data.environment.OTEL_EXPORTER_OTLP_HEADERS?.split('=') ?? [];
    expect((await post({ [name]: token })).status).toBe(202);
    const sessions = await home.json<{ sessions: { project: string; agent: string }[] }>(['session', 'list']);
    expect(sessions.data.sessions).toMatchObject([{ project: 'demo', agent: 'alice' }]);

    const page = `http://127.0.0.1:${home.ports.ui}/`;
    expect((await fetch(page)).status).toBe(401);
    expect((await fetch(`${page}v1/sessions`, { headers: { [name]: token } })).status).toBe(401);
    const link = (await home.run(['open', '--print'])).stdout.trim();
    const signedIn = await fetch(link, { redirect: 'manual' });
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(page, { headers: { cookie } })).status).toBe(200);
  });
});
