import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentmonSession, SESSION_USAGE } from '../helpers/agentmon-session.ts';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { type ModelApi, startModelApi, totalUsage } from '../helpers/model-api.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const AGENTS = ['ann', 'ben', 'cat', 'dan', 'eve'];
const FLEET = { project: 'fleet', agent: 'zap' };
const RUNS_OF_SESSION = 2;
/** "A new event is in the panels' data within 25 s." */
const VISIBLE_MS = 25_000;

let monitor: InstalledMonitor;
let stack: RunningStack;
let api: ModelApi;
let session: ReturnType<typeof agentmonSession>;
const printedUsd = new Map<string, number>();
const startMs = Date.now() - 60_000;

beforeAll(async () => {
  await ensureClaudeCode();
  monitor = await installMonitor();
  api = await startModelApi();
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);

  session = agentmonSession({ ...FLEET, startMs });
  for (let at = 0; at < session.events.length; at += 10) {
    const batch = session.events.slice(at, at + 10);
    expect(await stack.post(batch, FLEET)).toMatchObject({
      status: 202,
      body: { accepted: batch.length, duplicates: 0 },
    });
  }
  const again = session.events.slice(0, 10);
  expect(await stack.post(again, FLEET)).toMatchObject({
    status: 202,
    body: { accepted: 0, duplicates: 10 },
  });

  // Telemetry and transcripts at once: the host part follows this home.
  const runs = await Promise.all(
    AGENTS.map(async (agent) =>
      runClaude({
        prompt: '[tools 2] work',
        home: stack.home.home,
        cwd: join(stack.home.home, 'work', agent),
        modelUrl: api.url,
        env: await stack.claudeEnv('demo', agent),
      }),
    ),
  );
  runs.forEach((run, index) => {
    expect(run.exitCode, run.stderr).toBe(0);
    printedUsd.set(AGENTS[index] ?? '', run.result?.total_cost_usd ?? 0);
  });
}, 600_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
}, 120_000);

const microUsd = (usd: number): number => Math.round(usd * 1e6);
const fleetMicroUsd = microUsd(SESSION_USAGE.total_cost * RUNS_OF_SESSION);
const printedTotal = (): number => microUsd([...printedUsd.values()].reduce((sum, usd) => sum + usd, 0));

/** Cost by project and agent as Prometheus has it, micro-dollars. */
async function costInPrometheus(): Promise<Record<string, number>> {
  const samples = await stack.prometheus('sum by (project, agent) (agent_cost_usage_USD_total)');
  return Object.fromEntries(
    samples.map(({ labels, value }) => [`${labels.project}/${labels.agent}`, microUsd(value)]),
  );
}

async function tokensInPrometheus(project: string): Promise<Record<string, number>> {
  const samples = await stack.prometheus(
    `sum by (gen_ai_token_type) (agent_token_usage_total{project="${project}"})`,
  );
  return Object.fromEntries(samples.map(({ labels, value }) => [labels.gen_ai_token_type, value]));
}

function expectedCost(): Record<string, number> {
  return {
    'fleet/zap': fleetMicroUsd,
    ...Object.fromEntries([...printedUsd].map(([agent, usd]) => [`demo/${agent}`, microUsd(usd)])),
  };
}

function expectedTokens(): Record<string, number> {
  const served = totalUsage(api.requests);
  return {
    input: served.input_tokens,
    output: served.output_tokens,
    cache_read: served.cache_read_input_tokens,
    cache_creation: served.cache_creation_input_tokens,
  };
}

describe('after an agentmon session and five Claude Codes at once', () => {
  it('Prometheus has cost and tokens per project and agent, to the micro-dollar and the token', async () => {
    await waitUntil(
      costInPrometheus,
      (cost) => JSON.stringify(sorted(cost)) === JSON.stringify(sorted(expectedCost())),
      VISIBLE_MS,
    ).catch(() => undefined);
    expect(await costInPrometheus()).toEqual(expectedCost());
    expect(await tokensInPrometheus('demo')).toEqual(expectedTokens());
    expect(await tokensInPrometheus('fleet')).toEqual({
      input: SESSION_USAGE.input_tokens * RUNS_OF_SESSION,
      output: SESSION_USAGE.output_tokens * RUNS_OF_SESSION,
      cache_read: SESSION_USAGE.cache_read_tokens * RUNS_OF_SESSION,
      cache_creation: SESSION_USAGE.cache_write_tokens * RUNS_OF_SESSION,
    });
  });

  it("Claude's own series give the same cost", async () => {
    const total = async (): Promise<number> => {
      const [sample] = await stack.prometheus('sum(claude_code_cost_usage_USD_total{project="demo"})');
      return microUsd(sample?.value ?? 0);
    };
    await waitUntil(total, (cost) => cost === printedTotal(), VISIBLE_MS).catch(() => undefined);
    expect(await total()).toBe(printedTotal());
    const [series] = await stack.prometheus('claude_code_cost_usage_USD_total');
    expect(series?.labels).toMatchObject({
      project: 'demo',
      session_id: expect.any(String),
      model: expect.any(String),
    });
  });

  it("Loki has a session's events once, in order, with project and agent", async () => {
    const query = `{service_name="agent-monitor", project="fleet"} | session_id="${session.sessionId}"`;
    const entries = await waitUntil(
      () => stack.loki(query, startMs - 60_000),
      (found) => found.length >= session.events.length,
      VISIBLE_MS,
    );
    const ids = session.events.map(({ event }) => (event as { id: string }).id);
    expect(entries.map(({ labels }) => labels.event_id)).toEqual(ids);
    for (const { labels } of entries)
      expect(labels).toMatchObject({ project: 'fleet', agent: 'zap', service_name: 'agent-monitor' });
  });

  it('Loki sums the same cost of model calls', async () => {
    const [sum] = await lokiSum(
      'sum(sum_over_time({service_name="agent-monitor", project="demo"} | event_name="api.request" | unwrap cost_usd [1h]))',
    );
    expect(microUsd(sum ?? 0)).toBe(printedTotal());
  });

  it('Jaeger has one trace per agentmon run with its spans', async () => {
    const traces = await waitUntil(
      () => stack.jaeger('openclaw'),
      (found) => found.length >= RUNS_OF_SESSION && found.every((trace) => trace.spans.length >= 2),
      VISIBLE_MS,
    );
    expect(traces.length).toBe(RUNS_OF_SESSION);
    for (const { spans } of traces) {
      expect(spans.map(({ operationName }) => operationName).sort()).toEqual([
        'execute_tool exec',
        'invoke_agent zap',
      ]);
      const root = spans.find(({ references }) => references.length === 0);
      const tool = spans.find(({ references }) => references.length > 0);
      expect(tool?.references[0]?.spanID).toBe(root?.spanID);
    }
  });

  it('monitor usage and session show give the same totals', async () => {
    const usage = JSON.parse(await stack.monitor('usage', '--by', 'project', '--json')) as {
      data: { rows: { key: { project: string }; cost_micro_usd: number }[] };
    };
    expect(
      Object.fromEntries(usage.data.rows.map(({ key, cost_micro_usd }) => [key.project, cost_micro_usd])),
    ).toEqual({
      demo: printedTotal(),
      fleet: fleetMicroUsd,
    });
    const shown = JSON.parse(await stack.monitor('session', 'show', session.sessionId, '--json')) as {
      data: { runs: unknown[]; timeline: { kind: string }[] };
    };
    expect(shown.data.runs.length).toBe(RUNS_OF_SESSION);
  });

  it('keeps all figures over down and up', async () => {
    await stack.monitor('down');
    await stack.monitor('up', '--timeout', '120s', '--pull', 'never');
    await waitUntil(costInPrometheus, (cost) => Object.keys(cost).length > 0, VISIBLE_MS);
    expect(await costInPrometheus()).toEqual(expectedCost());
    expect(await tokensInPrometheus('demo')).toEqual(expectedTokens());
  });
});

async function lokiSum(query: string): Promise<number[]> {
  const parameters = new URLSearchParams({ query, time: String(Date.now() / 1000) });
  const response = await fetch(`http://127.0.0.1:${stack.ports.loki}/loki/api/v1/query?${parameters}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => Number(value[1]));
}

function sorted(record: Record<string, number>): [string, number][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
