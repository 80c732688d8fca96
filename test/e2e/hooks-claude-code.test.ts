import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { startModelApi, totalUsage } from '../helpers/model-api.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let work: string;
beforeAll(async () => {
  monitor = await installMonitor();
  work = await mkdtemp(join(tmpdir(), 'hooks-work-'));
  await ensureClaudeCode();
}, 300_000);
afterAll(async () => {
  await monitor[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

/** The user's own settings, written by hand. */
const OWN_SETTINGS = `{
    "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "true"}]}]},
    "cleanupPeriodDays": 30 }
`;

async function get<T>(home: MonitorHome, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${home.ports.ui}${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

interface SessionAnswer {
  readonly session: Record<string, unknown>;
  readonly runs: readonly { readonly run_id: string; readonly outcome: string }[];
}
interface Line {
  readonly kind: string;
  readonly title: string;
  readonly span_id: string | null;
  readonly parent_span_id: string | null;
  readonly duration_ms: number | null;
  readonly outcome: string | null;
}

describe('monitor hooks, with the real Claude Code and no telemetry of its own', () => {
  it('shows session, runs and calls as they happened, and usage as it was printed; remove leaves no trace', async () => {
    await using home = await createMonitorHome(monitor);
    const settingsFile = join(home.home, '.claude/settings.json');
    await mkdir(join(home.home, '.claude'));
    await writeFile(settingsFile, OWN_SETTINGS);
    expect((await home.run(['up', '--runtime', 'embedded'])).exitCode).toBe(0);

    const rehearsal = await home.run(['hooks', 'install', 'claude-code', '--dry-run']);
    expect(rehearsal.stdout).toContain('+    "');
    expect(await readFile(settingsFile, 'utf8')).toBe(OWN_SETTINGS);
    const installed = await home.run(['hooks', 'install', 'claude-code']);
    expect(installed.exitCode, installed.stderr).toBe(0);
    expect(installed.stdout).toContain('backup: ');
    expect((await home.run(['hooks', 'install', 'claude-code'])).stdout).toContain('nothing to change');

    await using api = await startModelApi();
    await writeFile(join(work, 'notes.txt'), 'one\ntwo\n');
    const edit = JSON.stringify({ file_path: join(work, 'notes.txt'), old_string: 'two', new_string: '2' });
    const run = await runClaude({
      prompt: `[tools 1] [call Read {"file_path":"${join(work, 'notes.txt')}"}] [call Edit ${edit}] [fail] [parallel 2] [agent] go`,
      home: home.home,
      cwd: work,
      modelUrl: api.url,
      args: ['--allowedTools', 'Bash,Read,Edit,Agent,Task'],
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toBe('');
    const sessionId = run.result?.session_id ?? '';
    const served = totalUsage(api.requests);
    const truth = {
      input_tokens: served.input_tokens,
      output_tokens: served.output_tokens,
      cache_read_tokens: served.cache_read_input_tokens,
      cache_creation_tokens: served.cache_creation_input_tokens,
      cost_micro_usd: Math.round((run.result?.total_cost_usd ?? 0) * 1e6),
      tool_calls: new Set(api.requests.flatMap(({ toolUseIds }) => toolUseIds)).size,
      sessions: 1,
      runs: 1,
    };
    const total = async () => (await get<{ total: typeof truth }>(home, '/v1/usage?by=project')).total;
    await waitUntil(total, ({ cost_micro_usd }) => cost_micro_usd === truth.cost_micro_usd);
    expect(await total()).toMatchObject(truth);

    const { session, runs } = await get<SessionAnswer>(home, `/v1/sessions/${sessionId}`);
    expect(session).toMatchObject({ framework: 'claude-code' });
    expect(runs.map(({ outcome }) => outcome)).toEqual(['success']);
    const { timeline } = await get<{ timeline: Line[] }>(home, `/v1/sessions/${sessionId}/timeline`);
    const calls = timeline.filter(({ kind }) => kind === 'tool');
    const bash = calls.filter(({ title }) => title.startsWith('Bash'));
    expect(calls).toHaveLength(truth.tool_calls);
    expect(bash.map(({ outcome }) => outcome).sort()).toEqual([
      'failure',
      'success',
      'success',
      'success',
      'success',
    ]);
    for (const call of calls)
      expect([call.title, call.duration_ms]).toEqual([call.title, expect.any(Number)]);
    const parallel = api.requests.find(({ toolUseIds }) => toolUseIds.length === 2)?.toolUseIds ?? [];
    expect(new Set(calls.map(({ span_id }) => span_id)).size).toBe(truth.tool_calls);
    for (const id of parallel) expect(calls.map(({ span_id }) => span_id)).toContain(id);

    const { events } = await get<{ events: { event: { type: string }; payload: Record<string, unknown> }[] }>(
      home,
      '/v1/events?limit=1000',
    );
    const started = events.find(
      ({ event, payload }) => event.type === 'session.start' && payload.start_type === 'fresh',
    );
    expect(started).toBeDefined();
    const ended = events.find(
      ({ event, payload }) => event.type === 'span.end' && payload.file_operation === 'edit',
    );
    expect(ended?.payload).toMatchObject({ tool_name: 'Edit', lines_added: 1, lines_removed: 1 });

    const listed = await home.json<{
      hooks: { agent: string; scope: string; missing: string[]; installed: string[] }[];
    }>(['hooks', 'list', 'claude-code']);
    expect(listed.data.hooks).toMatchObject([{ scope: 'user', missing: [], note: null }]);

    expect((await home.run(['hooks', 'remove', 'claude-code'])).exitCode).toBe(0);
    expect(await readFile(settingsFile, 'utf8')).toBe(OWN_SETTINGS);
    expect((await home.run(['hooks', 'remove', 'claude-code'])).stdout).toContain('nothing to change');
  }, 180_000);

  it('prints nothing while the bridge is stopped, and has everything afterwards', async () => {
    await using home = await createMonitorHome(monitor);
    expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
    expect((await home.run(['hooks', 'install', 'claude-code'])).exitCode).toBe(0);
    await using api = await startModelApi();
    const run = await runClaude({
      prompt: '[tools 1] [fail] [parallel 2] alone',
      home: home.home,
      cwd: work,
      modelUrl: api.url,
    });
    expect([run.exitCode, run.stderr, run.result?.result]).toEqual([0, '', 'All done.']);
    expect((await home.run(['up'])).exitCode).toBe(0);
    const total = async () =>
      (await get<{ total: Record<string, number> }>(home, '/v1/usage?by=project')).total;
    const calls = new Set(api.requests.flatMap(({ toolUseIds }) => toolUseIds)).size;
    await waitUntil(total, ({ tool_calls }) => tool_calls === calls);
    const cost = Math.round((run.result?.total_cost_usd ?? 0) * 1e6);
    expect(await total()).toMatchObject({ tool_calls: calls, sessions: 1, runs: 1, cost_micro_usd: cost });
    const { events } = await get<{ events: { event: { type: string }; payload: Record<string, unknown> }[] }>(
      home,
      '/v1/events?limit=1000',
    );
    // Only hooks know how it began: what commands were told is in the spool.
    expect(events.some(({ payload }) => payload.start_type === 'fresh')).toBe(true);
    expect(events.some(({ payload }) => payload.reason === 'other')).toBe(true);
  }, 120_000);

  it('leaves nothing where there was nothing, and keeps what the user changed in between', async () => {
    await using home = await createMonitorHome(monitor);
    expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
    const project = join(work, 'project');
    await mkdir(project, { recursive: true });
    const file = join(project, '.claude/settings.json');
    const hooks = (verb: string) =>
      home.run(['hooks', verb, 'claude-code', '--scope', 'project'], { cwd: project });
    expect((await hooks('install')).exitCode).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8')).hooks.Stop).toHaveLength(1);
    expect((await hooks('remove')).exitCode).toBe(0);
    expect(await readdir(project)).toEqual([]);

    expect((await hooks('install')).exitCode).toBe(0);
    const changed = (await readFile(file, 'utf8')).replace('{', '{\n  "model": "opus",');
    await writeFile(file, changed);
    expect((await hooks('remove')).exitCode).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ model: 'opus' });
  }, 60_000);

  it('prints for containers, and refuses before anything is set up', async () => {
    await using home = await createMonitorHome(monitor);
    const early = await home.json(['hooks', 'install', 'claude-code']);
    expect([early.exitCode, early.code]).toEqual([3, 'NOT_RUNNING']);
    await home.run(['init', '--runtime', 'embedded']);
    const printed = await home.run([
      'hooks',
      'install',
      'claude-code',
      '--print',
      '--address',
      '10.0.0.5',
      '--project',
      'shop',
    ]);
    const settings = JSON.parse(printed.stdout);
    const [
      {
        hooks: [http],
      },
    ] = settings.hooks.PreToolUse;
    expect(http).toMatchObject({
      type: 'http',
      url: `http://10.0.0.5:${home.ports.ingest}/v1/hooks/claude-code`,
    });
    expect(http.headers).toMatchObject({
      'x-agent-monitor-project': 'shop',
      'x-agent-monitor-token': expect.stringMatching(/^amt_/),
    });
    expect(settings.hooks.SessionStart[0].hooks[0].command).toMatch(/^curl /);
    expect(settings.hooks.MessageDisplay).toBeUndefined();
    expect(await readdir(home.home)).not.toContain('.claude');
  }, 60_000);
});
