import type { MetricDefinition } from './metric-definition.ts';

/** Figures of virtual machines and containers, by name: `POST /v1/samples` may hold these and no others. */
export const SAMPLE_METRICS = {
  'libvirt.domain.state': {
    kind: 'gauge',
    unit: '{state}',
    description: '1 for the state a domain is in, 0 for each other one',
  },
  'libvirt.domain.state.code': { kind: 'gauge', unit: '{code}', description: 'virDomainState of a domain' },
  'libvirt.domain.state.reason': {
    kind: 'gauge',
    unit: '{code}',
    description: 'Reason of that state, by its code',
  },
  'libvirt.domain.uptime': { kind: 'gauge', unit: 's', description: 'Time since a domain was started' },
  'libvirt.domain.cpu.time': { kind: 'counter', unit: 's', description: 'CPU time of a domain on its host' },
  'libvirt.domain.cpu.mode.time': {
    kind: 'counter',
    unit: 's',
    description: 'CPU time in user and in system mode',
  },
  'libvirt.domain.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of its virtual CPUs that a running domain uses',
  },
  'libvirt.domain.vcpu.count': { kind: 'gauge', unit: '{cpu}', description: 'Virtual CPUs' },
  'libvirt.domain.vcpu.time': { kind: 'counter', unit: 's', description: 'Time that a virtual CPU ran' },
  'libvirt.domain.vcpu.wait': {
    kind: 'counter',
    unit: 's',
    description: 'Time that a virtual CPU waited for I/O',
  },
  'libvirt.domain.vcpu.delay': {
    kind: 'counter',
    unit: 's',
    description: 'Time that a virtual CPU was ready and not let: steal',
  },
  'libvirt.domain.memory.balloon': { kind: 'gauge', unit: 'By', description: 'Memory that a domain has' },
  'libvirt.domain.memory.maximum': {
    kind: 'gauge',
    unit: 'By',
    description: 'Memory that a domain may have',
  },
  'libvirt.domain.memory.rss': {
    kind: 'gauge',
    unit: 'By',
    description: 'Memory of its process on the host',
  },
  'libvirt.domain.memory.used': { kind: 'gauge', unit: 'By', description: 'Used as the guest reports it' },
  'libvirt.domain.memory.available': {
    kind: 'gauge',
    unit: 'By',
    description: 'Memory as the guest sees it',
  },
  'libvirt.domain.memory.usable': {
    kind: 'gauge',
    unit: 'By',
    description: 'Memory that the guest could give to a program',
  },
  'libvirt.domain.memory.swap': {
    kind: 'counter',
    unit: 'By',
    description: 'Swapped in and out by the guest',
  },
  'libvirt.domain.memory.faults': {
    kind: 'counter',
    unit: '{fault}',
    description: 'Page faults in the guest',
  },
  'libvirt.domain.disk.io': { kind: 'counter', unit: 'By', description: 'Read and written' },
  'libvirt.domain.disk.operations': {
    kind: 'counter',
    unit: '{operation}',
    description: 'Requests to a disk',
  },
  'libvirt.domain.disk.operation_time': {
    kind: 'counter',
    unit: 's',
    description: 'Time that requests took',
  },
  'libvirt.domain.disk.allocation': {
    kind: 'gauge',
    unit: 'By',
    description: 'Allocated by a disk in its image',
  },
  'libvirt.domain.disk.capacity': {
    kind: 'gauge',
    unit: 'By',
    description: 'Size of a disk as the guest sees it',
  },
  'libvirt.domain.disk.physical': { kind: 'gauge', unit: 'By', description: 'Size of its image on the host' },
  'libvirt.domain.network.io': { kind: 'counter', unit: 'By', description: 'Received and sent by the guest' },
  'libvirt.domain.network.packets': { kind: 'counter', unit: '{packet}', description: 'Packets' },
  'libvirt.domain.network.errors': {
    kind: 'counter',
    unit: '{error}',
    description: 'Errors of an interface',
  },
  'libvirt.domain.network.dropped': {
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets that were dropped',
  },
  'system.cpu.load_average.1m': {
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load of a guest over a minute',
  },
  'system.cpu.load_average.5m': {
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load of a guest over 5 minutes',
  },
  'system.cpu.load_average.15m': {
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load of a guest over 15 minutes',
  },
  'system.memory.usage': { kind: 'gauge', unit: 'By', description: 'Memory of a guest by state' },
  'system.paging.usage': { kind: 'gauge', unit: 'By', description: 'Swap of a guest by state' },
  'system.filesystem.usage': { kind: 'gauge', unit: 'By', description: 'File systems of a guest by state' },
  'system.uptime': { kind: 'gauge', unit: 's', description: 'Time since a guest started' },
  'openclaw.gateway.up': {
    kind: 'gauge',
    unit: '{gateway}',
    description: '1 where the OpenClaw gateway of a guest runs and answers',
  },
  'agent_monitor.guest.service.up': {
    kind: 'gauge',
    unit: '{service}',
    description: '1 where a service of a guest is active',
  },
  'agent_monitor.sampler.up': {
    kind: 'gauge',
    unit: '{sampler}',
    description: '1 where a sampler could look',
  },
  'container.cpu.time': { kind: 'counter', unit: 's', description: 'CPU time of a container' },
  'container.cpu.usage': { kind: 'gauge', unit: '{cpu}', description: 'CPUs that a container uses' },
  'container.uptime': { kind: 'gauge', unit: 's', description: 'Time since a container started' },
  'container.memory.usage': { kind: 'gauge', unit: 'By', description: 'Memory of a container' },
  'container.memory.limit': { kind: 'gauge', unit: 'By', description: 'Memory that a container may have' },
  'container.network.io': { kind: 'counter', unit: 'By', description: 'Received and sent by a container' },
  'container.disk.io': { kind: 'counter', unit: 'By', description: 'Read and written by a container' },
  'container.restarts': { kind: 'gauge', unit: '{restart}', description: 'Restarts of a container' },
  'container.oom_kills': {
    kind: 'counter',
    unit: '{kill}',
    description: 'Times that processes of a container were killed for want of memory',
  },
  'container.oom_killed': {
    kind: 'gauge',
    unit: '{container}',
    description: '1 where a container ended for want of memory',
  },
  'container.running': { kind: 'gauge', unit: '{container}', description: '1 where a container runs' },
} as const satisfies Record<string, MetricDefinition>;

/** Name of a figure of a virtual machine or container. */
export type SampleMetricName = keyof typeof SAMPLE_METRICS;

/** Whether there is such a figure. */
export function isSampleMetric(name: string): name is SampleMetricName {
  return Object.hasOwn(SAMPLE_METRICS, name);
}
