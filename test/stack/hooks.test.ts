import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { startModelApi, totalUsage } from '../helpers/model-api.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const VISIBLE_MS = 60_000;

let monitor: InstalledMonitor;
let stack: RunningStack;
beforeAll(async () => {
  await ensureClaudeCode();
  monitor = await installMonitor();
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
}, 300_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
}, 120_000);

interface UsageRow {
  readonly input_tokens: number;
  readonly cost_micro_usd: number;
  readonly tool_calls: number;
  readonly sessions: number;
  readonly runs: number;
}

it('shows the real Claude Code with hooks alone, whose senders have a token, and Prometheus counts its calls', async () => {
  const { home } = stack.home;
  const settings = join(home, '.claude/settings.json');
  await mkdir(join(home, '.claude'), { recursive: true });
  const own = '{\n  "cleanupPeriodDays": 30\n}\n';
  await writeFile(settings, own);
  await stack.monitor('hooks', 'install', 'claude-code');
  const { hooks } = JSON.parse(await readFile(settings, 'utf8'));
  expect(hooks.PreToolUse[0].hooks[0]).toMatchObject({
    url: `http://127.0.0.1:${stack.ports.ingest}/v1/hooks/claude-code`,
    headers: { 'x-agent-monitor-token': expect.stringMatching(/^amt_/) },
  });
  const printed = JSON.parse(await stack.monitor('hooks', 'install', 'claude-code', '--print'));
  expect(printed.hooks.PreToolUse[0].hooks[0].url).toBe(
    `http://agent-monitor:${stack.ports.ingest}/v1/hooks/claude-code`,
  );

  await using api = await startModelApi();
  const run = await runClaude({
    prompt: '[tools 1] [fail] [parallel 2] [agent] go',
    home,
    cwd: join(home, 'work'),
    modelUrl: api.url,
    args: ['--allowedTools', 'Bash,Agent,Task'],
  });
  expect([run.exitCode, run.stderr]).toEqual([0, '']);
  const calls = new Set(api.requests.flatMap(({ toolUseIds }) => toolUseIds)).size;
  const truth = {
    input_tokens: totalUsage(api.requests).input_tokens,
    cost_micro_usd: Math.round((run.result?.total_cost_usd ?? 0) * 1e6),
    tool_calls: calls,
    sessions: 1,
    runs: 1,
  };
  const total = async () =>
    (JSON.parse(await stack.monitor('usage', '--json')) as { data: { total: UsageRow } }).data.total;
  await waitUntil(total, ({ cost_micro_usd }) => cost_micro_usd === truth.cost_micro_usd, VISIBLE_MS);
  expect(await total()).toMatchObject(truth);
  const counted = async () => {
    const samples = await stack.prometheus('sum by (agent_outcome) (agent_tool_call_count_total)');
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.agent_outcome, value]));
  };
  await waitUntil(counted, ({ success, failure }) => success === calls - 1 && failure === 1, VISIBLE_MS);

  await stack.monitor('hooks', 'remove', 'claude-code');
  expect(await readFile(settings, 'utf8')).toBe(own);
}, 240_000);
