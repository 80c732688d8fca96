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
    budgets: [
      { project: SENDER.project, per: 'day', cost_usd: 1 },
      // 2.5 USD in the last hour, and so in each of the next two.
      { project: SENDER.project, agent: SENDER.agent, per: 'day', cost_usd: 5 },
    ],
    alerts: {
      thresholds: {
        for_minutes: 0,
        bridge_silent_minutes: 1,
        stuck_minutes: 0.5,
        no_data_hours: 1,
        delivery_lag: 5,
        // A single series is too much.
        collector_streams_share: 0,
      },
    },
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

interface RuleGroup {
  readonly name: string;
  /** RFC 3339. */
  readonly lastEvaluation: string;
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

/** Prometheus' rules, and how they did. */
async function ruleGroups(): Promise<readonly RuleGroup[]> {
  const response = await fetch(`http://127.0.0.1:${stack.ports.prometheus}/api/v1/rules`);
  const { data } = (await response.json()) as { data: { groups: RuleGroup[] } };
  return data.groups;
}

/** The names, those of the stack's parts with the part. */
async function firing(): Promise<string[]> {
  return (await firingAlerts()).map(({ alertname = '', job }) =>
    alertname === 'PartDown' ? `PartDown ${job}` : alertname,
  );
}

/** An event of the one session; now, unless it is older. */
function event(type: string, correlation: object, payload: object, atMs = Date.now()): unknown {
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: randomUUID(),
      type,
      ts: new Date(atMs).toISOString(),
      source: { framework: 'openclaw', client_id: 'zap', host: 'zap' },
    },
    correlation: { session_id: SESSION, ...correlation },
    attributes: SENDER,
    payload,
  };
}

const HOUR_MS = 3_600_000;
/** It was heard two hours ago. */
const SILENT = { project: SENDER.project, agent: 'gone' };
/** Of another agent: the end of a session, or it would count as stuck. */
function eventOfSilent(atMs: number): unknown {
  const told = event('session.end', { session_id: randomUUID() }, {}, atMs) as { attributes: object };
  return { ...told, attributes: SILENT };
}

/** Posts metrics as an agent would of its own. */
async function sendMetrics(body: object): Promise<void> {
  const headers = sendHeaders(await stack.claudeEnv(SENDER.project, SENDER.agent));
  const response = await fetch(`http://127.0.0.1:${stack.ports.otlp_http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(200);
}

const OWN_RESOURCE = { attributes: [{ key: 'service.name', value: { stringValue: 'own-agent' } }] };

/** A delta of a counter of its own, which the Collector sums up. */
function ownDelta(): object {
  const timeUnixNano = `${Date.now()}000000`;
  const dataPoints = [{ asInt: '1', startTimeUnixNano: timeUnixNano, timeUnixNano }];
  const metrics = [{ name: 'own.count', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } }];
  return { resourceMetrics: [{ resource: OWN_RESOURCE, scopeMetrics: [{ metrics }] }] };
}

/** What another bridge would have told in the last seven hours, of a disk that fills; nobody waits so long. */
async function tellFillingDisk(): Promise<void> {
  const GIB = 2 ** 30;
  const dataPoints = Array.from({ length: 15 }, (_, half) => ({
    asInt: `${(15 - half) * GIB}`,
    timeUnixNano: `${Date.now() - (14 - half) * (HOUR_MS / 2)}000000`,
  }));
  const metrics = [{ name: 'bridge.disk.free', unit: 'By', gauge: { dataPoints } }];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'other-bridge' } }] };
  const response = await fetch(`http://127.0.0.1:${stack.ports.prometheus}/api/v1/otlp/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  });
  expect(response.status, await response.text()).toBe(200);
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

const VM = {
  kind: 'vm',
  id: randomUUID(),
  name: 'builder',
  ...SENDER,
  framework: 'openclaw',
  host: 'builder',
  location: 'qemu:///system',
  registered: true,
  reason: null,
  issues: [],
};
const TROUBLED_VM = {
  ...VM,
  state: 'crashed',
  metrics: [
    { metric: 'libvirt.domain.state', value: 1, attributes: { state: 'crashed' } },
    { metric: 'libvirt.domain.state', value: 0, attributes: { state: 'running' } },
    // Seconds that its CPU waited for the host; a minute and a half more a moment later.
    { metric: 'libvirt.domain.vcpu.delay', value: 1000, attributes: { vcpu: '0' } },
    { metric: 'system.filesystem.usage', value: 99, attributes: { state: 'used', mountpoint: '/' } },
    { metric: 'system.filesystem.usage', value: 1, attributes: { state: 'free', mountpoint: '/' } },
    { metric: 'system.memory.usage', value: 99, attributes: { state: 'used' } },
    { metric: 'system.memory.usage', value: 1, attributes: { state: 'free' } },
    { metric: 'openclaw.gateway.up', value: 0, attributes: {} },
  ],
};
const WAITING_VM = {
  ...TROUBLED_VM,
  metrics: TROUBLED_VM.metrics.map((told) =>
    told.metric === 'libvirt.domain.vcpu.delay' ? { ...told, value: 1090 } : told,
  ),
};
const SOUND_VM = {
  ...VM,
  state: 'running',
  metrics: [
    { metric: 'libvirt.domain.state', value: 1, attributes: { state: 'running' } },
    { metric: 'system.filesystem.usage', value: 1, attributes: { state: 'used', mountpoint: '/' } },
    { metric: 'system.filesystem.usage', value: 99, attributes: { state: 'free', mountpoint: '/' } },
    { metric: 'system.memory.usage', value: 1, attributes: { state: 'used' } },
    { metric: 'system.memory.usage', value: 99, attributes: { state: 'free' } },
    { metric: 'openclaw.gateway.up', value: 1, attributes: {} },
  ],
};

/** What stops as soon as its cause does. */
const STATES = [
  'AgentSilent',
  'AgentStuck',
  'BudgetBurnsFast',
  'BudgetUsed',
  'CollectorDropsSeries',
  'ContextNearlyFull',
  'DeliveryLags',
  'DiskNearlyFull',
  'GatewayDown',
  'PartDown loki',
  'SamplerSilent',
  'VmDiskNearlyFull',
  'VmDown',
  'VmMemoryNearlyFull',
];
/** Counts of a while, which stop minutes after their cause did. The tests with promtool wait that long. */
const LASTING = [
  'CollectorRefuses',
  'DiskFills',
  'GuardrailViolated',
  'ModelErrors',
  'RateLimited',
  'ToolFailures',
  'VmCpuSteal',
];
// Not here, and so in the tests with promtool alone: ProjectionLags (it is over before Prometheus looks), DeadLetters
// (nothing that the bridge sends is refused for good by these stores) and MetricsStoreNearlyFull (hours until a block is
// written).

test('alerts fire when money is spent, calls fail, an agent hangs, a machine crashed and a store is away', async () => {
  const run = { run_id: randomUUID() };
  const usage = { input_tokens: 1000, output_tokens: 10, total_cost: 2.5 };
  await sample('laptop libvirt', 1000);
  await sample('laptop guests', 600_000, [TROUBLED_VM]);
  await sample('laptop guests', 600_000, [WAITING_VM]);
  await sendMetrics(ownDelta());
  await tellFillingDisk();
  await stack.post([eventOfSilent(Date.now() - 2 * HOUR_MS)], SILENT);
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
      event('rate_limit', run, { limit: 'five_hour', used_percent: 97 }),
    ],
    SENDER,
  );
  await stack.docker('stop', '$loki');
  await waitUntil(firing, (found) => [...STATES, ...LASTING].every((name) => found.includes(name)), 150_000);
  const used = await stack.prometheus('agent_monitor:budget_used:ratio');
  expect(used.map(({ labels, value }) => [labels.budget, value])).toEqual(
    expect.arrayContaining([
      ['demo: 1 USD per day', 2.5],
      ['demo / zap: 5 USD per day', 0.5],
    ]),
  );
  const budget = (await firingAlerts()).find(({ alertname }) => alertname === 'BudgetUsed');
  expect(budget).toMatchObject({
    project: SENDER.project,
    budget: 'demo: 1 USD per day',
    severity: 'critical',
  });
});

test('and stop when budgets are raised, the session ends, the machine is well and the store is back', async () => {
  await stack.post([event('session.end', {}, {})], SENDER);
  await stack.post([eventOfSilent(Date.now())], SILENT);
  await sample('laptop libvirt', 600_000);
  await sample('laptop guests', 600_000, [SOUND_VM]);
  const { settingsFile } = stack.home;
  const text = await readFile(settingsFile, 'utf8');
  await writeFile(
    settingsFile,
    text
      .replaceAll(/cost_usd: \d\n/g, 'cost_usd: 100\n')
      .replace('900TB', '1MB')
      .replace(/collector_streams_share: .*/, 'collector_streams_share: 0.9'),
  );
  await stack.monitor('up', '--timeout', '120s', '--pull', 'never');
  const upMs = Date.now();
  await waitUntil(
    async () => {
      const caused = (await firing()).filter((name) => STATES.includes(name));
      // A Prometheus that has just started knows of no alert yet.
      const pending = (await ruleGroups()).filter(
        ({ lastEvaluation }) => !(Date.parse(lastEvaluation) > upMs),
      );
      return { caused, pending: pending.map(({ name }) => name) };
    },
    ({ caused, pending }) => caused.length === 0 && pending.length === 0,
    150_000,
  );
});

test('Loki, once it is back, tells of what its records alone know; Prometheus that the bridge is silent', async () => {
  const known = await waitUntil(
    () => stack.loki('{service_name="agent-monitor"} | event_name="rate_limit"', Date.now() - HOUR_MS),
    (found) => found.length > 0,
    60_000,
  );
  expect(known).toHaveLength(1);
  await waitUntil(firing, (found) => !found.includes('BridgeSilent'), 60_000);
  await stack.docker('stop', '$bridge');
  const alerts = await waitUntil(
    () => firingAlerts(`http://127.0.0.1:${stack.ports.loki}/prometheus`),
    (found) => found.length > 1,
    120_000,
  );
  const byName = alerts.toSorted((a, b) => ((a.alertname ?? '') < (b.alertname ?? '') ? -1 : 1));
  expect(byName).toEqual([
    { alertname: 'EgressDenied', ...SENDER, severity: 'warning' },
    { alertname: 'RateLimitNear', ...SENDER, severity: 'info' },
  ]);
  await waitUntil(firing, (found) => found.includes('BridgeSilent'), 150_000);
});

test('all rules were read, and none of them failed to be evaluated', async () => {
  const groups = await ruleGroups();
  expect(groups.map(({ name }) => name).toSorted()).toEqual([
    'agent-monitor-agents',
    'agent-monitor-budgets-day',
    'agent-monitor-machines',
    'agent-monitor-stack',
  ]);
  for (const { name, health, lastError } of groups.flatMap(({ rules }) => rules)) {
    expect({ name, health, lastError }).toEqual({ name, health: 'ok', lastError: undefined });
  }
});
