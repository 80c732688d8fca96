import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureClaudeCode } from '../helpers/claude-code.ts';
import { differences } from '../helpers/differences.ts';
import { type FleetTruth, runFleet } from '../helpers/many-agents.ts';
import { type ModelApi, startModelApi } from '../helpers/model-api.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const AGENTS = 20;
const RESUMED = 5;
const FLEET_TIMEOUT_MS = 1_200_000;
const SETTLED_TIMEOUT_MS = 150_000;

let monitor: InstalledMonitor;
let stack: RunningStack;
let api: ModelApi;
let truth: FleetTruth;

beforeAll(async () => {
  await ensureClaudeCode();
  monitor = await installMonitor();
  api = await startModelApi();
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
  truth = await runFleet({
    agents: AGENTS,
    resumed: RESUMED,
    home: stack.home.home,
    api,
    env: ({ project, agent }) => stack.claudeEnv(project, agent),
    known: async () => {
      const { data } = JSON.parse(await stack.monitor('session', 'list', '--json')) as {
        data: { sessions: { agent: string }[] };
      };
      return data.sessions.map(({ agent }) => agent);
    },
    takeAway: async () => {
      await stack.docker('stop', '--time', '1', '$bridge');
    },
    bringBack: async () => {
      await stack.docker('start', '$bridge');
      await waitUntil(isReady, Boolean);
    },
  });
}, FLEET_TIMEOUT_MS);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
}, 120_000);

async function isReady(): Promise<boolean> {
  return fetch(`http://127.0.0.1:${stack.ports.ingest}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Values of a query by the labels of its series. */
async function values(query: string, ...labels: string[]): Promise<Record<string, number>> {
  const samples = await stack.prometheus(query);
  return Object.fromEntries(
    samples.map((sample) => [labels.map((label) => sample.labels[label]).join(' '), sample.value]),
  );
}

async function microUsd(query: string, ...labels: string[]): Promise<Record<string, number>> {
  const usd = await values(query, ...labels);
  return Object.fromEntries(Object.entries(usd).map(([name, value]) => [name, Math.round(value * 1e6)]));
}

async function lokiSum(query: string): Promise<number> {
  const parameters = new URLSearchParams({ query, time: String(Date.now() / 1000) });
  const response = await fetch(`http://127.0.0.1:${stack.ports.loki}/loki/api/v1/query?${parameters}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0);
}

/** What Prometheus, Loki, `monitor usage` and the query API behind it say of the fleet. */
async function figures() {
  const { data } = JSON.parse(await stack.monitor('usage', '--by', 'project,agent', '--json')) as {
    data: {
      rows: { key: Record<string, string>; cost_micro_usd: number; runs: number }[];
      total: Record<string, number>;
    };
  };
  const name = ({ key }: { key: Record<string, string> }): string => `${key.project} ${key.agent}`;
  const calls = '{service_name="agent-monitor"} | event_name="api.request"';
  return {
    prometheus: {
      costByAgent: await microUsd('sum by (project, agent) (agent_cost_usage_USD_total)', 'project', 'agent'),
      tokens: await values('sum by (gen_ai_token_type) (agent_token_usage_total)', 'gen_ai_token_type'),
      calls: await values(
        'sum by (gen_ai_tool_name, agent_outcome) (agent_tool_call_count_total)',
        'gen_ai_tool_name',
        'agent_outcome',
      ),
      runsByAgent: await values('sum by (project, agent) (agent_run_count_total)', 'project', 'agent'),
      sessions: await values('sum(agent_session_count_total)'),
    },
    lokiMicroUsd: Math.round((await lokiSum(`sum(sum_over_time(${calls} | unwrap cost_usd [3h]))`)) * 1e6),
    usage: {
      costByAgent: Object.fromEntries(data.rows.map((row) => [name(row), row.cost_micro_usd])),
      runsByAgent: Object.fromEntries(data.rows.map((row) => [name(row), row.runs])),
      costMicroUsd: data.total.cost_micro_usd,
      inputTokens: data.total.input_tokens,
      sessions: data.total.sessions,
    },
  };
}

function expected(): Awaited<ReturnType<typeof figures>> {
  const spaced = (values: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace('/', ' '), value]));
  const costByAgent = spaced(truth.costByAgent);
  const runsByAgent = spaced(truth.runsByAgent);
  return {
    prometheus: {
      costByAgent,
      tokens: { ...truth.tokens },
      calls: { ...truth.calls },
      runsByAgent,
      sessions: { '': truth.sessions },
    },
    lokiMicroUsd: truth.costMicroUsd,
    usage: {
      costByAgent,
      runsByAgent,
      costMicroUsd: truth.costMicroUsd,
      inputTokens: truth.tokens.input,
      sessions: truth.sessions,
    },
  };
}

async function settledFigures(): Promise<Awaited<ReturnType<typeof figures>>> {
  const wanted = sorted(expected());
  await waitUntil(figures, (found) => sorted(found) === wanted, SETTLED_TIMEOUT_MS).catch(() => undefined);
  return figures();
}

/** As text, with keys in one order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, below: unknown) =>
    typeof below === 'object' && below !== null && !Array.isArray(below)
      ? Object.fromEntries(Object.entries(below).sort(([a], [b]) => (a < b ? -1 : 1)))
      : below,
  );
}

/** What is not as expected, and what the truth itself is made of. */
function told(found: Awaited<ReturnType<typeof figures>>): string {
  return `${differences(found, expected())}\n${truth.account.join('\n')}\n`;
}

describe(`${AGENTS} real Claude Codes at once, ${RESUMED} of them resumed, and the bridge restarted among them`, () => {
  it('Prometheus, Loki, usage and the query API say what the model API served', async () => {
    const found = await settledFigures();
    expect(found, told(found)).toEqual(expected());
  }, 400_000);

  it('an import of the same transcripts changes nothing', async () => {
    await stack.monitor('import', 'claude-code');
    await stack.monitor('import', 'claude-code', '--path', join(stack.home.home, '.claude'));
    const found = await settledFigures();
    expect(found, told(found)).toEqual(expected());
  }, 600_000);
});
