import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, sendHeaders, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SENDER = { project: 'demo', agent: 'zap' };
const SESSION = randomUUID();

let monitor: InstalledMonitor;
let stack: RunningStack;

beforeAll(async () => {
  monitor = await installMonitor();
  stack = await startStack(monitor, {
    parts: { grafana: false, jaeger: false, promtail: false },
    retention: { warn_disk: '900TB' },
    budgets: [{ project: SENDER.project, per: 'day', cost_usd: 1 }],
    alerts: { thresholds: { for_minutes: 0, stuck_minutes: 0.5 } },
  });
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
});

/** Labels of what fires now. Not from the series ALERTS, which outlives a restart of Prometheus by five minutes. */
async function firingAlerts(
  base = `http://127.0.0.1:${stack.ports.prometheus}`,
): Promise<Readonly<Record<string, string>>[]> {
  const response = await fetch(`${base}/api/v1/alerts`);
  const { data } = (await response.json()) as {
    data: { alerts: { state: string; labels: Record<string, string> }[] };
  };
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
}

/** The names, those of the stack's parts with the part. */
async function firing(): Promise<string[]> {
  return (await firingAlerts()).map(({ alertname = '', job }) =>
    alertname === 'PartDown' ? `PartDown ${job}` : alertname,
  );
}

/** An event of the one session, now. */
function event(type: string, correlation: object, payload: object): unknown {
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: randomUUID(),
      type,
      ts: new Date().toISOString(),
      source: { framework: 'openclaw', client_id: 'zap', host: 'zap' },
    },
    correlation: { session_id: SESSION, ...correlation },
    attributes: SENDER,
    payload,
  };
}

/** Samples of a sampler that is not heard of again for so long. */
async function sample(sampler: string, intervalMs: number, things: readonly unknown[] = []): Promise<void> {
  const headers = sendHeaders(await stack.claudeEnv(SENDER.project, SENDER.agent));
  const response = await fetch(`http://127.0.0.1:${stack.ports.ingest}/v1/samples`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      sampler,
      taken_ms: Date.now(),
      interval_ms: intervalMs,
      problem: null,
      things,
    }),
  });
  expect(response.status).toBe(202);
}

const TROUBLED_VM = {
  kind: 'vm',
  id: randomUUID(),
  name: 'builder',
  ...SENDER,
  framework: 'openclaw',
  host: 'builder',
  location: 'qemu:///system',
  registered: true,
  state: 'crashed',
  reason: null,
  issues: [],
  metrics: [
    { metric: 'libvirt.domain.state', value: 1, attributes: { state: 'crashed' } },
    { metric: 'libvirt.domain.state', value: 0, attributes: { state: 'running' } },
    { metric: 'system.filesystem.usage', value: 99, attributes: { state: 'used', mountpoint: '/' } },
    { metric: 'system.filesystem.usage', value: 1, attributes: { state: 'free', mountpoint: '/' } },
    { metric: 'system.memory.usage', value: 99, attributes: { state: 'used' } },
    { metric: 'system.memory.usage', value: 1, attributes: { state: 'free' } },
    { metric: 'openclaw.gateway.up', value: 0, attributes: {} },
  ],
};

/** What stops as soon as its cause does. */
const STATES = ['AgentStuck', 'BudgetUsed', 'DiskNearlyFull', 'PartDown loki', 'SamplerSilent'];
/**
 * What stops minutes later: counts of a while, and gauges, which Prometheus remembers for five minutes. The tests with
 * promtool wait that long.
 */
const LASTING = [
  'ContextNearlyFull',
  'GatewayDown',
  'GuardrailViolated',
  'ModelErrors',
  'RateLimited',
  'ToolFailures',
  'VmDiskNearlyFull',
  'VmDown',
  'VmMemoryNearlyFull',
];

test('alerts fire when money is spent, calls fail, an agent hangs, a machine crashed and a store is away', async () => {
  const run = { run_id: randomUUID() };
  const usage = { input_tokens: 1000, output_tokens: 10, total_cost: 2.5 };
  await sample('laptop libvirt', 1000);
  await sample('laptop guests', 600_000, [TROUBLED_VM]);
  await stack.post(
    [
      event('session.start', {}, {}),
      event('run.start', run, {}),
      event('run.end', run, { status: 'success', duration_ms: 10, usage }),
      event('run.start', { run_id: randomUUID() }, {}),
      ...Array.from({ length: 11 }, () =>
        event(
          'span.end',
          { ...run, span_id: randomUUID() },
          { kind: 'tool', tool_name: 'exec', status: 'failure', duration_ms: 5 },
        ),
      ),
      ...Array.from({ length: 11 }, () =>
        event(
          'api.request',
          { run_id: randomUUID() },
          { request_id: randomUUID(), model: 'm', error_type: '429' },
        ),
      ),
      event('guardrail.violation', run, { rule: 'commands', action: 'observe' }),
      event('context.snapshot', run, { model: 'm', used_tokens: 95, window_tokens: 100 }),
      event('egress.request', {}, { host: 'example.com', port: 443, decision: 'deny' }),
    ],
    SENDER,
  );
  await stack.docker('stop', '$loki');
  const names = await waitUntil(
    firing,
    (found) => [...STATES, ...LASTING].every((name) => found.includes(name)),
    150_000,
  );
  expect(names).not.toContain('BridgeSilent');
  const budget = (await firingAlerts()).find(({ alertname }) => alertname === 'BudgetUsed');
  expect(budget).toMatchObject({
    project: SENDER.project,
    budget: 'demo: 1 USD per day',
    severity: 'critical',
  });
});

test('and stop when the budget is raised, the session ends, the sampler looks again and the store is back', async () => {
  await stack.post([event('session.end', {}, {})], SENDER);
  await sample('laptop libvirt', 600_000);
  const { settingsFile } = stack.home;
  const text = await readFile(settingsFile, 'utf8');
  await writeFile(settingsFile, text.replace('cost_usd: 1\n', 'cost_usd: 100\n').replace('900TB', '1MB'));
  await stack.monitor('up', '--timeout', '120s', '--pull', 'never');
  await waitUntil(
    async () => {
      const caused = (await firing()).filter((name) => STATES.includes(name));
      // A Prometheus that has just started knows of no alert yet.
      const [evaluated] = await stack.prometheus('min(prometheus_rule_group_iterations_total)');
      return { caused, rounds: evaluated?.value ?? 0 };
    },
    ({ caused, rounds }) => caused.length === 0 && rounds >= 2,
    150_000,
  );
});

test('Loki, once it is back, tells of what its records alone know', async () => {
  const alerts = await waitUntil(
    () => firingAlerts(`http://127.0.0.1:${stack.ports.loki}/prometheus`),
    (found) => found.length > 0,
    120_000,
  );
  expect(alerts).toEqual([
    { alertname: 'EgressDenied', project: SENDER.project, agent: SENDER.agent, severity: 'warning' },
  ]);
});

test('all rules were read, and none of them failed to be evaluated', async () => {
  const response = await fetch(`http://127.0.0.1:${stack.ports.prometheus}/api/v1/rules`);
  const { data } = (await response.json()) as {
    data: { groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[] };
  };
  expect(data.groups.map(({ name }) => name).toSorted()).toEqual([
    'agent-monitor-agents',
    'agent-monitor-budgets-day',
    'agent-monitor-machines',
    'agent-monitor-stack',
  ]);
  for (const { name, health, lastError } of data.groups.flatMap(({ rules }) => rules)) {
    expect({ name, health, lastError }).toEqual({ name, health: 'ok', lastError: undefined });
  }
});
