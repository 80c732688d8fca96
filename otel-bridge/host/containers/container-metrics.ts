import type { MetricSample } from '../../domain/sample.ts';
import type { ContainerReading, ContainerStats } from './container-reading.ts';

const NANO = 1e9;

type Add = (metric: string, value: number | null | undefined, attributes?: Record<string, string>) => void;

/**
 * The figures of a container in base units, named by OpenTelemetry's semantic conventions where they have a name. What
 * Docker does not tell is absent, never 0; a container that does not run uses nothing that could be told.
 * @param earlier the round before, for figures that need two readings
 */
export function containerMetrics(
  reading: ContainerReading,
  earlier: ContainerReading | undefined,
): MetricSample[] {
  const { inspected, stats, takenMs } = reading;
  const { State, RestartCount, HostConfig } = inspected;
  const samples: MetricSample[] = [];
  const add: Add = (metric, value, attributes = {}) => {
    if (value !== null && value !== undefined && Number.isFinite(value) && value >= 0) {
      samples.push({ metric: `container.${metric}`, value, attributes });
    }
  };
  add('running', State.Status === 'running' ? 1 : 0);
  add('restarts', RestartCount);
  add(
    'oom_killed',
    State.OOMKilled === null || State.OOMKilled === undefined
      ? null
      : Number(State.OOMKilled || reading.wasOomKilled),
  );
  add('oom_kills', reading.oomKills);
  // 0 is how Docker says that there is none.
  add('memory.limit', HostConfig?.Memory === 0 ? null : HostConfig?.Memory);
  if (stats === null) return samples;
  const startedMs = startedMsOf(reading);
  add('uptime', startedMs === undefined ? null : (takenMs - startedMs) / 1000);
  addCpu(stats, add);
  add('cpu.usage', cpusUsed(reading, earlier));
  add('memory.usage', memoryUsed(stats));
  for (const [name, { rx_bytes, tx_bytes }] of Object.entries(stats.networks ?? {})) {
    add('network.io', rx_bytes, { 'network.interface.name': name, 'network.io.direction': 'receive' });
    add('network.io', tx_bytes, { 'network.interface.name': name, 'network.io.direction': 'transmit' });
  }
  for (const { major, minor, op, value } of stats.blkio_stats?.io_service_bytes_recursive ?? []) {
    const direction = op.toLowerCase();
    if (direction !== 'read' && direction !== 'write') continue;
    add('disk.io', value, { 'system.device': `${major}:${minor}`, 'disk.io.direction': direction });
  }
  return samples;
}

/** When a container that runs was started, unix ms: its counters were 0 then. */
export function startedMsOf({ inspected }: ContainerReading): number | undefined {
  const startedMs = Date.parse(inspected.State.StartedAt ?? '');
  // Docker says year 1 where it never ran.
  return startedMs > 0 ? startedMs : undefined;
}

function addCpu({ cpu_stats }: ContainerStats, add: Add): void {
  const { total_usage, usage_in_usermode, usage_in_kernelmode } = cpu_stats?.cpu_usage ?? {};
  if (usage_in_usermode || usage_in_kernelmode) {
    add('cpu.time', seconds(usage_in_usermode), { 'cpu.mode': 'user' });
    add('cpu.time', seconds(usage_in_kernelmode), { 'cpu.mode': 'kernel' });
  } else add('cpu.time', seconds(total_usage));
}

function seconds(ns: number | null | undefined): number | null {
  return ns === null || ns === undefined ? null : ns / NANO;
}

/** CPUs in use since the round before; null over a start, or where time stood still. */
function cpusUsed(reading: ContainerReading, earlier: ContainerReading | undefined): number | null {
  const now = reading.stats?.cpu_stats?.cpu_usage?.total_usage;
  const before = earlier?.stats?.cpu_stats?.cpu_usage?.total_usage;
  if (earlier === undefined || typeof now !== 'number' || typeof before !== 'number') return null;
  const elapsedMs = reading.takenMs - earlier.takenMs;
  if (elapsedMs <= 0 || now < before || startedMsOf(reading) !== startedMsOf(earlier)) return null;
  return (now - before) / (elapsedMs * 1e6);
}

/** Memory in use as `docker stats` counts it: without what the kernel would drop first. */
function memoryUsed({ memory_stats }: ContainerStats): number | null {
  const usage = memory_stats?.usage;
  if (usage === null || usage === undefined) return null;
  // cgroup v1 has the total of the group and those below it.
  const idle = memory_stats?.stats?.total_inactive_file ?? memory_stats?.stats?.inactive_file ?? 0;
  return idle < usage ? usage - idle : usage;
}
