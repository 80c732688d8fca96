import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OtlpSpan } from '../../otel-bridge/otlp/types.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { CODEX_SCRIPT_MODEL, type CodexRun, ensureCodex, runCodex } from '../helpers/codex.ts';
import { runAppServer } from '../helpers/codex-app-server.ts';
import { type CodexTruth, codexTruth } from '../helpers/codex-truth.ts';
import { type OtlpTarget, startOtlpTarget } from '../helpers/otlp-target.ts';
import { type ResponsesApi, startResponsesApi } from '../helpers/responses-api.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Commands, one that fails, two at once, one that the sandbox stops, a sub-agent, a call of no tool. */
const PROMPTS: Readonly<Record<string, string>> = {
  ann: '[tools 2] [fail] a',
  ben: '[parallel 2] [write denied] b',
  cat: '[agent] c',
  dan: '[call nope {}] d',
};
/** As long as the first one: nothing but its place tells this prompt from it. */
const RESUMED = { agent: 'ann', prompt: '[tools 1] [fail] a' };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'codex-'));
  await ensureCodex();
}, 300_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Usage {
  readonly rows: readonly (CodexTruth & { readonly key: Record<string, string> })[];
  readonly total: CodexTruth;
}

async function usageBy(bridge: RunningBridge, by: string): Promise<Usage> {
  return (await bridge.query(`/v1/usage?by=${by}`)) as unknown as Usage;
}

/** A counter by some of its attributes, as the journal holds it. */
function counter(bridge: RunningBridge, metric: string, ...names: string[]): Record<string, number> {
  using reader = new DatabaseSync(bridge.config.journal_path, { readOnly: true });
  const sums: Record<string, number> = {};
  for (const row of reader.prepare('SELECT attributes, value FROM series WHERE metric = ?').all(metric)) {
    const attributes = JSON.parse(String(row.attributes)) as Record<string, string>;
    const key = names.map((name) => attributes[name]).join(' ');
    sums[key] = (sums[key] ?? 0) + Number(row.value);
  }
  return sums;
}

/** Four at once, then one of them goes on. */
async function work(api: ResponsesApi, home: string, folder: string, otlpUrl?: string): Promise<void> {
  const run = (agent: string, args: readonly string[]): Promise<CodexRun> =>
    runCodex({
      home,
      cwd: join(root, folder, agent),
      args,
      modelUrl: api.url,
      otlpUrl,
      traces: true,
      env: { OTEL_RESOURCE_ATTRIBUTES: `project=demo,agent=the%20${agent},host.name=box` },
    });
  const runs = await Promise.all(
    Object.entries(PROMPTS).map(async ([agent, prompt]) => [agent, await run(agent, [prompt])] as const),
  );
  for (const [agent, { exitCode, stderr }] of runs) expect(exitCode, `${agent}: ${stderr}`).toBe(0);
  const threadId = new Map(runs).get(RESUMED.agent)?.threadId ?? '';
  const resumed = await run(RESUMED.agent, ['resume', threadId, RESUMED.prompt]);
  expect(resumed.exitCode, resumed.stderr).toBe(0);
}

/** The spans that the bridge built. */
function spansOf(target: OtlpTarget): OtlpSpan[] {
  return target.requests.flatMap(({ path, request }) =>
    path === '/v1/traces' && 'resourceSpans' in request
      ? request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      : [],
  );
}

function targets(target: OtlpTarget) {
  const signals = ['logs' as const, 'metrics' as const, 'traces' as const];
  return [{ name: 'sink', endpoint: target.url, raw_endpoint: `${target.url}/raw`, signals, headers: {} }];
}

for (const mode of ['telemetry', 'transcripts', 'both'] as const) {
  it(`four at once and one resumed, seen through ${mode}: figures are what the model API served`, async () => {
    const home = join(root, mode, 'home');
    const host = { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] };
    await using api = await startResponsesApi();
    await using target = await startOtlpTarget();
    await using bridge = await startBridge({
      host: mode === 'telemetry' ? null : host,
      targets: targets(target),
    });
    await work(api, home, mode, mode === 'transcripts' ? undefined : bridge.otlpUrl);

    const truth = codexTruth(api.calls);
    expect(truth).toMatchObject({ sessions: 5, runs: 6, tool_calls: 12 });
    const counted = (): Record<string, number> =>
      counter(bridge, 'agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome');
    await waitUntil(counted, (calls) => Object.values(calls).reduce((sum, count) => sum + count, 0) === 12);
    expect((await usageBy(bridge, 'project')).total).toMatchObject(truth);
    expect(counted()).toEqual({
      'exec_command success': 6,
      'exec_command failure': 3,
      'spawn_agent success': 1,
      'wait_agent success': 1,
      'nope error': 1,
    });
    await waitUntil(
      () => counter(bridge, 'agent.token.usage', 'gen_ai.token.type'),
      (tokens) => tokens.output === truth.output_tokens,
    );
    expect(counter(bridge, 'agent.token.usage', 'gen_ai.token.type')).toEqual({
      input: truth.input_tokens,
      output: truth.output_tokens,
      cache_read: truth.cache_read_tokens,
      cache_creation: truth.cache_creation_tokens,
    });
    if (mode !== 'transcripts') {
      const { rows } = await usageBy(bridge, 'project,agent');
      const calls = Object.fromEntries(rows.map(({ key, tool_calls }) => [key.agent, tool_calls]));
      expect(calls).toEqual({ 'the ann': 5, 'the ben': 3, 'the cat': 3, 'the dan': 1 });
      await waitUntil(
        () => target.requests.map(({ path }) => path),
        (paths) => paths.includes('/raw/v1/logs') && paths.includes('/raw/v1/metrics'),
      );
    }
    if (mode === 'both') {
      const spans = await waitUntil(
        () => spansOf(target),
        (seen) => seen.filter(({ name }) => name.startsWith('invoke_agent ')).length === truth.runs,
      );
      const traces = new Set(spans.map(({ traceId }) => traceId));
      expect(traces.size, 'one trace for each run').toBe(truth.runs);
      expect(spans.filter(({ name }) => name.startsWith('execute_tool ')).length).toBe(truth.tool_calls);
    }
    const raw = target.requests.filter(({ path }) => path === '/raw/v1/traces');
    expect(raw, 'internal spans are not passed on').toEqual([]);
  });
}

it.each(['telemetry', 'both'] as const)(
  'a model that writes scripts, with a sub-agent, seen through %s: calls of its scripts count by their own names',
  async (mode) => {
    const home = join(root, `scripts-${mode}`, 'home');
    const host = { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] };
    await using api = await startResponsesApi();
    await using bridge = await startBridge({ host: mode === 'telemetry' ? null : host });
    const run = await runCodex({
      home,
      cwd: join(root, `scripts-${mode}`, 'work'),
      args: ['--sandbox', 'workspace-write', '[fail] [parallel 2] [write made.txt] [agent] scripts'],
      model: CODEX_SCRIPT_MODEL,
      modelUrl: api.url,
      otlpUrl: bridge.otlpUrl,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    const truth = codexTruth(api.calls);
    const counted = (): Record<string, number> =>
      counter(bridge, 'agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome');
    await waitUntil(counted, (calls) => Object.values(calls).reduce((sum, count) => sum + count, 0) === 12);
    expect(counted()).toEqual({
      'exec success': 5,
      'exec_command success': 3,
      'exec_command failure': 1,
      'apply_patch success': 1,
      'spawn_agent success': 1,
      'wait_agent success': 1,
    });
    const seen = await waitUntil(
      () => usageBy(bridge, 'project'),
      ({ total }) => total.output_tokens === truth.output_tokens,
    );
    expect(seen.total).toMatchObject(truth);
  },
);

it('the app-server, with a person who allows, refuses and breaks off: calls, outcomes and decisions are what was asked', async () => {
  const home = join(root, 'app-server', 'home');
  await using api = await startResponsesApi();
  await using bridge = await startBridge({
    host: { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] },
  });
  await runAppServer({
    home,
    cwd: join(root, 'app-server', 'work'),
    modelUrl: api.url,
    otlpUrl: bridge.otlpUrl,
    prompts: ['[bash mkdir a] [bash rm -rf a] [bash curl a]', '[bash curl b]'],
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    lingerMs: 2500,
  });
  const truth = codexTruth(api.calls);
  expect(truth).toMatchObject({ sessions: 1, runs: 2, tool_calls: 4 });
  const outcomes = (): Record<string, number> => counter(bridge, 'agent.tool.call.count', 'agent.outcome');
  await waitUntil(
    outcomes,
    ({ success, rejected, cancelled }) => success === 2 && rejected === 1 && cancelled === 1,
  );
  expect((await usageBy(bridge, 'project')).total).toMatchObject(truth);
  expect(
    counter(bridge, 'agent.permission.decision.count', 'agent.decision', 'agent.decision.source'),
  ).toEqual({ 'accept user_temporary': 1, 'accept user_permanent': 1, 'reject user_reject': 1 });
  const ended = (): Record<string, number> => counter(bridge, 'agent.run.count', 'agent.outcome');
  expect(await waitUntil(ended, ({ success, cancelled }) => success === 1 && cancelled === 1)).toEqual({
    success: 1,
    cancelled: 1,
  });
});

it('ten at once, the bridge killed in the middle and one of them broken off: transcripts bring what is missing', async () => {
  const home = join(root, 'killed', 'home');
  await using api = await startResponsesApi({ latencyMs: 150 });
  await using bridge = await startBridge({
    host: { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] },
  });
  const run = (index: number, timeoutMs?: number): Promise<CodexRun> =>
    runCodex({
      home,
      cwd: join(root, 'killed', `${index % 3}`),
      args: [`[tools ${1 + (index % 4)}] [fail] number ${index}`],
      modelUrl: api.url,
      otlpUrl: bridge.otlpUrl,
      env: {
        OTEL_RESOURCE_ATTRIBUTES: `project=demo-${index % 3},agent=agent-${index},host.name=box`,
        OTEL_BLRP_SCHEDULE_DELAY: '200',
      },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  const running = [...Array.from({ length: 9 }, (_, index) => run(index)), run(9, 900)];
  await waitUntil(
    () => api.calls.length,
    (count) => count > 15,
  );
  const pid = bridge.childPid();
  process.kill(pid, 'SIGKILL');
  const ended = await Promise.all(running);
  await waitUntil(
    () => bridge.childPid(),
    (present) => present !== pid,
  );
  expect(ended.map(({ exitCode }) => exitCode === 0)).toEqual([...Array(9).fill(true), false]);

  // What the one that was broken off had asked for last was served, but never reached it, or its file.
  const finished = new Set(ended.slice(0, 9).map(({ threadId }) => threadId));
  const truth = codexTruth(api.calls.filter(({ threadId }) => finished.has(threadId)));
  const { rows } = await waitUntil(
    () => usageBy(bridge, 'session'),
    ({ rows: seen }) => {
      const told = seen.filter(({ key }) => finished.has(key.session ?? ''));
      return told.reduce((sum, row) => sum + row.output_tokens, 0) === truth.output_tokens;
    },
  );
  const sum = (figure: keyof CodexTruth, of: Usage['rows']) =>
    of.reduce((total, row) => total + row[figure], 0);
  const whole = rows.filter(({ key }) => finished.has(key.session ?? ''));
  for (const figure of [
    'input_tokens',
    'cache_read_tokens',
    'cache_creation_tokens',
    'tool_calls',
    'runs',
  ] as const) {
    expect(sum(figure, whole), figure).toBe(truth[figure]);
  }
  const others = rows.filter((row) => !whole.includes(row));
  const served = api.calls.filter(({ threadId }) => !finished.has(threadId));
  expect(others.length).toBeLessThanOrEqual(1);
  expect(sum('output_tokens', others)).toBeLessThanOrEqual(codexTruth(served).output_tokens);
});
