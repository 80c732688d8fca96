import { describe, expect, it } from 'vitest';
import { sampleRoundSchema } from '../../../../otel-bridge/domain/sample.ts';
import {
  type ContainerReading,
  containerStatsSchema,
  type InspectedContainer,
  inspectedContainerSchema,
} from '../../../../otel-bridge/host/containers/container-reading.ts';
import { isOfAgents } from '../../../../otel-bridge/host/containers/read-containers.ts';
import { sampleContainers } from '../../../../otel-bridge/host/containers/sample-containers.ts';
import { isSampleMetric } from '../../../../otel-bridge/projections/sample-metrics.ts';

const STARTED = '2026-11-21T10:00:00.5Z';
const startedMs = Date.parse(STARTED);

function inspected(
  state: Partial<InspectedContainer['State']> = {},
  config: Partial<InspectedContainer['Config']> = {},
): InspectedContainer {
  return inspectedContainerSchema.parse({
    Id: 'a'.repeat(64),
    Name: '/box',
    RestartCount: 2,
    Config: { Hostname: 'aaaaaaaaaaaa', Image: 'agents:1', Env: ['SECRET=x'], Labels: {}, ...config },
    HostConfig: { Memory: 0 },
    State: { Status: 'running', OOMKilled: false, ExitCode: 0, StartedAt: STARTED, ...state },
  });
}

const STATS = {
  cpu_stats: {
    cpu_usage: { total_usage: 3e9, usage_in_usermode: 2e9, usage_in_kernelmode: 1e9 },
  },
  memory_stats: { usage: 1000, stats: { total_inactive_file: 300, inactive_file: 1 } },
  networks: { eth0: { rx_bytes: 10, tx_bytes: 20 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'Read', value: 5 },
      { major: 8, minor: 0, op: 'Write', value: 6 },
      { major: 8, minor: 0, op: 'Total', value: 11 },
    ],
  },
};

function reading(stats: unknown, more: Partial<ContainerReading> = {}): ContainerReading {
  return {
    inspected: inspected(),
    stats: stats === null ? null : containerStatsSchema.parse(stats),
    takenMs: startedMs + 60_000,
    oomKills: 0,
    wasOomKilled: false,
    problem: null,
    ...more,
  };
}

function sample(now: ContainerReading, before?: ContainerReading) {
  const round = sampleContainers(
    { engine: 'answers', problem: null, containers: [now], untilMs: now.takenMs },
    {
      hostname: 'h',
      intervalMs: 30_000,
      takenMs: now.takenMs,
      earlier: new Map(before === undefined ? [] : [[before.inspected.Id, before]]),
    },
  );
  expect(sampleRoundSchema.parse(round)).toEqual(round);
  const [thing] = round.things;
  if (thing === undefined) throw new Error('a round has what was read');
  expect(thing.metrics.every(({ metric }) => isSampleMetric(metric))).toBe(true);
  const figures = Object.fromEntries(
    thing.metrics.map(({ metric, value, attributes }) => [
      [metric.replace('container.', ''), ...Object.values(attributes)].join(' '),
      value,
    ]),
  );
  return { thing, figures };
}

describe('a container that runs', () => {
  it('has its figures in base units, memory as `docker stats` counts it, and no limit where there is none', () => {
    expect(sample(reading(STATS)).figures).toEqual({
      running: 1,
      restarts: 2,
      oom_killed: 0,
      oom_kills: 0,
      uptime: 60,
      'cpu.time user': 2,
      'cpu.time kernel': 1,
      'memory.usage': 700,
      'network.io eth0 receive': 10,
      'network.io eth0 transmit': 20,
      'disk.io 8:0 read': 5,
      'disk.io 8:0 write': 6,
    });
  });

  it('has no figure that Docker does not tell', () => {
    const silent = { cpu_stats: {}, memory_stats: {}, networks: null, blkio_stats: null };
    expect(Object.keys(sample(reading(silent)).figures)).toEqual([
      'running',
      'restarts',
      'oom_killed',
      'oom_kills',
      'uptime',
    ]);
    const broken = { memory_stats: { usage: -1, stats: { inactive_file: 'x' } }, networks: { e: {} } };
    expect(Object.keys(sample(reading(broken)).figures)).toEqual([
      'running',
      'restarts',
      'oom_killed',
      'oom_kills',
      'uptime',
    ]);
  });

  it('tells the CPUs it uses between two rounds, and not over a start', () => {
    const before = reading(STATS);
    const later = { cpu_stats: { cpu_usage: { total_usage: 8e9 } } };
    const now = reading(later, { takenMs: before.takenMs + 10_000 });
    expect(sample(now, before).figures['cpu.usage']).toBe(0.5);
    const again = { ...now, inspected: inspected({ StartedAt: '2026-11-21T10:00:30Z' }) };
    expect(sample(again, before).figures).not.toHaveProperty('cpu.usage');
  });

  it('says so where its figures cannot be read', () => {
    const { thing, figures } = sample(reading(null, { problem: 'no cgroup' }));
    expect(thing.issues).toEqual(['its figures cannot be read: no cgroup']);
    expect(figures).not.toHaveProperty('memory.usage');
  });
});

describe('a container that ended', () => {
  it.each([
    [{ ExitCode: 0 }, 'completed', []],
    [{ ExitCode: 143 }, 'stopped', []],
    [{ ExitCode: 1 }, 'failed', []],
    [{ ExitCode: 137, OOMKilled: true }, 'oom_killed', ['killed for want of memory']],
  ] as const)('says how: %o', (state, reason, issues) => {
    const ended = reading(null, { inspected: inspected({ Status: 'exited', ...state }) });
    const { thing, figures } = sample(ended);
    expect(thing).toMatchObject({ state: 'exited', reason, issues });
    expect(figures).toMatchObject({ running: 0 });
    expect(figures).not.toHaveProperty('uptime');
  });
});

describe('whose a container is', () => {
  const owner = (config: Partial<InspectedContainer['Config']>) => {
    const { thing } = sample(reading(null, { inspected: inspected({}, config) }));
    return [thing.project, thing.agent, thing.registered];
  };

  it('is said by its labels, then by the variables of `monitor env`, else nobody says it', () => {
    const Env = ['OTEL_RESOURCE_ATTRIBUTES=host.name=x,project=my%20shop,agent=ann'];
    expect(owner({ Env })).toEqual(['my shop', 'ann', true]);
    const Labels = { 'agent-monitor.project': 'demo', 'agent-monitor.agent': '' };
    expect(owner({ Env, Labels })).toEqual(['demo', 'ann', true]);
    expect(owner({ Env: ['OTEL_RESOURCE_ATTRIBUTES=project=100%'] })).toEqual(['100%', 'box', true]);
    expect(owner({ Env: null, Labels: null })).toEqual(['unassigned', 'box', false]);
  });

  it('is looked at on the agents’ network or with a label of ours, the stack itself is not', () => {
    const listed = (Labels: Record<string, string>, network: string) =>
      isOfAgents({ Id: 'a', Labels, NetworkSettings: { Networks: { [network]: {} } } }, 'agents');
    expect(listed({}, 'agents')).toBe(true);
    expect(listed({ 'agent-monitor.logs': 'true' }, 'bridge')).toBe(true);
    expect(listed({ other: 'x' }, 'bridge')).toBe(false);
    expect(listed({ 'agent-monitor.config': 'hash' }, 'agents')).toBe(false);
  });
});
