/** Virtual machines and containers in which agents work, as samplers see them: the truth of what dashboards show of them. */
import type { SampledThing, SampleRound } from '../../otel-bridge/domain/sample.ts';
import { AGENTS, type AgentIdentity } from './agent-workload.ts';

/** How often they are looked at, ms. */
export const SAMPLE_MS = 60_000;
const GIB = 2 ** 30;

/** A figure of a machine at a moment. */
export interface Figure {
  /** As the sampler names it. */
  readonly metric: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A machine, and its figures at any moment. */
export interface Machine {
  readonly kind: 'vm' | 'container';
  readonly name: string;
  readonly owner: AgentIdentity;
  figures(atMs: number): Figure[];
}

const [laptop, builder] = AGENTS as [AgentIdentity, AgentIdentity];

/** Hours, as a number that makes figures differ. */
const hours = (atMs: number): number => Math.floor(atMs / 3_600_000) % 24;

function figure(metric: string, value: number, attributes: Record<string, string> = {}): Figure {
  return { metric, value, attributes };
}

/** Counters rise by their rate, a second. */
function counted(metric: string, perSecond: number, atMs: number, attributes: Record<string, string> = {}) {
  return figure(metric, Math.floor((atMs / 1000) * perSecond), attributes);
}

/** Two that run or pause, one that is off, one that crashed; two containers. */
export const MACHINES: readonly Machine[] = [
  {
    kind: 'vm',
    name: 'builder',
    owner: builder,
    figures: (atMs) => [
      figure('libvirt.domain.state.code', hours(atMs) % 3 === 0 ? 3 : 1),
      figure('libvirt.domain.cpu.utilization', (1 + hours(atMs)) / 25),
      figure('libvirt.domain.vcpu.count', 4),
      figure('libvirt.domain.memory.balloon', 8 * GIB),
      figure('libvirt.domain.memory.used', (2 + (hours(atMs) % 4)) * GIB),
      figure('system.uptime', Math.floor(atMs / 1000) % 86_400),
      figure('libvirt.domain.uptime', 5 + (Math.floor(atMs / 1000) % 86_400)),
      figure('system.cpu.load_average.1m', 1 + (hours(atMs) % 2)),
      figure('system.filesystem.usage', 30 * GIB, { state: 'used', mountpoint: '/' }),
      figure('system.filesystem.usage', 10 * GIB, { state: 'free', mountpoint: '/' }),
      figure('openclaw.gateway.up', 1),
      figure('agent_monitor.guest.service.up', 1, { service: 'docker' }),
      figure('agent_monitor.guest.service.up', 0, { service: 'openclaw' }),
      counted('libvirt.domain.disk.io', 1000, atMs, { 'disk.device': 'vda', 'disk.direction': 'read' }),
      counted('libvirt.domain.disk.io', 3000, atMs, { 'disk.device': 'vda', 'disk.direction': 'write' }),
      counted('libvirt.domain.network.io', 700, atMs, {
        'network.interface': 'vnet0',
        'network.direction': 'receive',
      }),
    ],
  },
  {
    kind: 'vm',
    name: 'laptop-vm',
    owner: laptop,
    figures: (atMs) => [
      figure('libvirt.domain.state.code', 1),
      figure('libvirt.domain.cpu.utilization', (1 + (hours(atMs) % 5)) / 10),
      figure('libvirt.domain.vcpu.count', 2),
      figure('libvirt.domain.uptime', Math.floor(atMs / 1000) % 3600),
      figure('openclaw.gateway.up', 0),
    ],
  },
  { kind: 'vm', name: 'spare', owner: builder, figures: () => [figure('libvirt.domain.state.code', 5)] },
  { kind: 'vm', name: 'broken', owner: builder, figures: () => [figure('libvirt.domain.state.code', 6)] },
  ...['web', 'queue'].map(
    (name, index): Machine => ({
      kind: 'container',
      name,
      owner: laptop,
      figures: (atMs) => [
        figure('container.running', index === 0 ? 1 : 0),
        figure('container.memory.usage', (1 + index) * GIB),
        figure('container.memory.limit', 4 * GIB),
        figure('container.restarts', hours(atMs)),
        figure('container.oom_killed', index),
        counted('container.cpu.time', 0.5, atMs),
      ],
    }),
  ),
];

/** What samplers tell at a moment: one sees all machines, one cannot look. */
export function machineRounds(atMs: number): SampleRound[] {
  const round = { taken_ms: atMs, interval_ms: SAMPLE_MS };
  const blind = { ...round, sampler: 'build-1', problem: 'libvirt does not answer', things: [] };
  return [blind, { ...round, sampler: 'laptop', problem: null, things: sampledThings(atMs) }];
}

function sampledThings(atMs: number): SampledThing[] {
  return MACHINES.map(({ kind, name, owner, figures }) => {
    const { project, agent, host, framework } = owner;
    return {
      ...{ project, agent, host, framework, kind, name, id: `id-of-${name}`, location: 'qemu:///system' },
      ...{ registered: true, state: 'running', reason: null, issues: [], facts: {} },
      metrics: figures(atMs).map((told) => ({ ...told, attributes: { ...told.attributes } })),
    };
  });
}
