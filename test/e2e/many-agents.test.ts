import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureClaudeCode } from '../helpers/claude-code.ts';
import { differences } from '../helpers/differences.ts';
import { type FleetAgent, type FleetTruth, killAgent, runFleet } from '../helpers/many-agents.ts';
import { type ModelApi, startModelApi } from '../helpers/model-api.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const AGENTS = 20;
const RESUMED = 5;
const FLEET_TIMEOUT_MS = 900_000;
/** Facts settle 10 s after they came, sums that an agent tells of a session after a minute. */
const SETTLED_TIMEOUT_MS = 120_000;

interface UsageRow {
  readonly key: Record<string, string>;
  readonly sessions: number;
  readonly runs: number;
  readonly tool_calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number;
}

let monitor: InstalledMonitor;
let home: MonitorHome;
let api: ModelApi;
let truth: FleetTruth;
/** Process id of the bridge that was killed. */
let killed = Number.NaN;

beforeAll(async () => {
  await ensureClaudeCode();
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  api = await startModelApi();
  const up = await home.run(['up', '--runtime', 'embedded'], { timeoutMs: 120_000 });
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  truth = await runFleet({
    agents: AGENTS,
    resumed: RESUMED,
    home: home.home,
    api,
    env: claudeEnv,
    known: async () => {
      const { data } = await home.json<{ sessions: { agent: string }[] }>(['session', 'list']);
      return data.sessions.map(({ agent }) => agent);
    },
    takeAway: async () => {
      killed = (await readyPids()).at(-1) ?? Number.NaN;
      process.kill(killed, 'SIGKILL');
    },
    // Its supervisor starts another one.
    bringBack: async () => {
      await waitUntil(readyPids, (pids) => pids.at(-1) !== killed);
    },
  });
}, FLEET_TIMEOUT_MS);
afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
});

async function claudeEnv({ project, agent }: FleetAgent): Promise<Record<string, string>> {
  const { stdout } = await home.run([
    'env',
    'claude-code',
    ...['--project', project, '--agent-name', agent, '--format', 'json'],
  ]);
  return JSON.parse(stdout) as Record<string, string>;
}

/** Process ids of the bridges that have been ready, oldest first. */
async function readyPids(): Promise<number[]> {
  const log = await readFile(join(home.home, '.local/state/agent-monitor/logs/bridge.log'), 'utf8');
  return [...log.matchAll(/"pid":(\d+),.*"msg":"ready"/g)].map(([, pid]) => Number(pid));
}

async function usage(by: string): Promise<{ rows: UsageRow[]; total: UsageRow }> {
  const { data } = await home.json<{ rows: UsageRow[]; total: UsageRow }>(['usage', '--by', by]);
  return data;
}

function costByAgent(rows: readonly UsageRow[]): Record<string, number> {
  return Object.fromEntries(
    rows.map(({ key, cost_micro_usd }) => [`${key.project}/${key.agent}`, cost_micro_usd]),
  );
}

/** Values of a counter in the journal, by some of its attributes. */
function counter(metric: string, ...names: string[]): Record<string, number> {
  using journal = new DatabaseSync(join(home.home, '.local/share/agent-monitor/bridge/journal.db'), {
    readOnly: true,
  });
  const sums: Record<string, number> = {};
  for (const row of journal.prepare('SELECT * FROM series WHERE metric = ?').all(metric)) {
    const labels = { ...JSON.parse(String(row.resource)), ...JSON.parse(String(row.attributes)) };
    const name = names.map((label) => labels[label]).join(' ');
    sums[name] = (sums[name] ?? 0) + Number(row.value);
  }
  return sums;
}

/** Everything that is said of the fleet, in the read model and in counters. */
async function figures() {
  const { rows, total } = await usage('project,agent');
  const nanoUsd = counter('agent.cost.usage');
  return {
    usage: {
      sessions: total.sessions,
      runs: total.runs,
      tokens: {
        input: total.input_tokens,
        output: total.output_tokens,
        cache_read: total.cache_read_tokens,
        cache_creation: total.cache_creation_tokens,
      },
      costMicroUsd: total.cost_micro_usd,
      costByAgent: costByAgent(rows),
      runsByAgent: Object.fromEntries(rows.map(({ key, runs }) => [`${key.project}/${key.agent}`, runs])),
    },
    counters: {
      sessions: sumOf(counter('agent.session.count')),
      runs: sumOf(counter('agent.run.count')),
      resumes: sumOf(counter('agent.session.resume.count')),
      calls: counter('agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome'),
      tokens: counter('agent.token.usage', 'gen_ai.token.type'),
      costMicroUsd: Math.round(sumOf(nanoUsd) / 1000),
    },
  };
}

function sumOf(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}

function expected() {
  const { sessions, runs, calls, tokens, costMicroUsd, costByAgent: byAgent, runsByAgent } = truth;
  return {
    usage: { sessions, runs, tokens, costMicroUsd, costByAgent: byAgent, runsByAgent },
    counters: { sessions, runs, resumes: RESUMED, calls, tokens, costMicroUsd },
  };
}

async function settledFigures(): Promise<Awaited<ReturnType<typeof figures>>> {
  const wanted = JSON.stringify(sorted(expected()));
  await waitUntil(figures, (found) => JSON.stringify(sorted(found)) === wanted, SETTLED_TIMEOUT_MS).catch(
    () => undefined,
  );
  return figures();
}

/** With keys in one order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, below]) => [key, sorted(below)]));
}

/** What is not as expected, and what the truth itself is made of. */
function told(found: Awaited<ReturnType<typeof figures>>): string {
  return `${differences(found, expected())}\n${truth.account.join('\n')}\n`;
}

describe(`${AGENTS} real Claude Codes at once, ${RESUMED} of them resumed, and the bridge killed among them`, () => {
  it('cost, tokens, calls, sessions and runs are what the model API served', async () => {
    const found = await settledFigures();
    expect(found, told(found)).toEqual(expected());
  }, 200_000);

  it('an import of the same transcripts changes nothing', async () => {
    const imported = await home.run(['import', 'claude-code'], { timeoutMs: 120_000 });
    expect(imported.exitCode, imported.stderr).toBe(0);
    const byPath = await home.run(['import', 'claude-code', '--path', home.home], { timeoutMs: 120_000 });
    expect(byPath.exitCode, byPath.stderr).toBe(0);
    const found = await settledFigures();
    expect(found, told(found)).toEqual(expected());
  }, 400_000);

  it('of an agent that was killed counts what it had sent, and an import brings the rest', async () => {
    const elsewhere = join(home.home, 'elsewhere');
    const killed = await killAgent(elsewhere, await claudeEnv({ project: 'lab', agent: 'killed' }));
    const row = async (): Promise<UsageRow | undefined> =>
      (await usage('project,agent')).rows.find(({ key }) => key.agent === 'killed');
    const spent = async (): Promise<number> => (await row())?.cost_micro_usd ?? 0;
    expect(await spent()).toBeLessThanOrEqual(killed.figures.costMicroUsd);
    const imported = await home.run(['import', 'claude-code', '--path', elsewhere], { timeoutMs: 120_000 });
    expect(imported.exitCode, imported.stderr).toBe(0);
    await waitUntil(spent, (cost) => cost === killed.figures.costMicroUsd).catch(() => undefined);
    const { tokens, costMicroUsd } = killed.figures;
    expect(await row()).toMatchObject({
      sessions: 1,
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      cache_read_tokens: tokens.cache_read,
      cache_creation_tokens: tokens.cache_creation,
      cost_micro_usd: costMicroUsd,
    });
  }, 600_000);
});
