import type { MetricSample } from '../../domain/sample.ts';
import { DOMAIN_STATES, type DomainState, domainState, isAlive } from './domain-state.ts';
import type { DeviceStats, Domain, DomainStats } from './domain-stats.ts';

const NANO = 1e9;
const KIB = 1024;
/** libvirt tells what the guest reports only where its balloon driver did so at least once. */
const GUEST_REPORTED = 'last-update';

/** What is remembered of a domain from the round before, for figures that need two readings. */
export interface EarlierReading {
  readonly takenMs: number;
  readonly state: DomainState;
  readonly runId: Domain['runId'];
  readonly cpuTimeNs: number | undefined;
  /** When it was started, unix ms; undefined where that is not known. */
  readonly startedMs: number | undefined;
}

/** When and after what a domain was read. */
export interface ReadingContext {
  readonly takenMs: number;
  readonly earlier: EarlierReading | undefined;
  /** When it was started, unix ms; undefined where that is not known. */
  readonly startedMs: number | undefined;
}

/**
 * The figures of a domain in base units. What libvirt does not tell is absent, never 0; counters are left out while the
 * domain is off.
 */
export function domainMetrics(stats: Domain, context: ReadingContext): MetricSample[] {
  const state = domainState(stats.stateCode);
  const alive = isAlive(stats);
  const samples: MetricSample[] = [];
  const add = (metric: string, value: number | undefined, attributes: Record<string, string> = {}): void => {
    if (value !== undefined && Number.isFinite(value)) {
      samples.push({ metric: `libvirt.domain.${metric}`, value, attributes });
    }
  };
  for (const name of DOMAIN_STATES) add('state', name === state ? 1 : 0, { state: name });
  add('state.code', stats.stateCode);
  add('state.reason', stats.reasonCode);
  add('vcpu.count', stats.vcpuCurrent);
  addMemory(stats, alive, add);
  for (const disk of stats.disks) addDisk(disk, alive, add);
  if (!alive) return samples;
  const { startedMs, takenMs } = context;
  add('uptime', startedMs === undefined ? undefined : Math.max(0, takenMs - startedMs) / 1000);
  add('cpu.time', seconds(stats.cpuTimeNs));
  add('cpu.mode.time', seconds(stats.cpuUserNs), { 'cpu.mode': 'user' });
  add('cpu.mode.time', seconds(stats.cpuSystemNs), { 'cpu.mode': 'system' });
  for (const { index, timeNs, waitNs, delayNs } of stats.vcpus) {
    const attributes = { vcpu: String(index) };
    add('vcpu.time', seconds(timeNs), attributes);
    add('vcpu.wait', seconds(waitNs), attributes);
    add('vcpu.delay', seconds(delayNs), attributes);
  }
  for (const device of stats.interfaces) addInterface(device, add);
  if (state === 'running') add('cpu.utilization', utilization(stats, context));
  return samples;
}

/** What the bridge takes of the value of an attribute, at most. */
function attribute(text: string): string {
  return text.slice(0, 256);
}

type Add = (metric: string, value: number | undefined, attributes?: Record<string, string>) => void;

function seconds(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : ns / NANO;
}

/** Share of its virtual CPUs that a domain used since the round before; undefined over a start or where time stood still. */
function utilization(
  { cpuTimeNs, vcpuCurrent, runId }: Domain,
  { takenMs, earlier }: ReadingContext,
): number | undefined {
  const beforeNs = earlier?.cpuTimeNs;
  if (earlier === undefined || beforeNs === undefined || cpuTimeNs === undefined || !vcpuCurrent)
    return undefined;
  const isSameRun = earlier.state === 'running' && earlier.runId === runId;
  const elapsedNs = (takenMs - earlier.takenMs) * 1e6;
  if (!isSameRun || elapsedNs <= 0 || cpuTimeNs < beforeNs) return undefined;
  return Math.min(1, (cpuTimeNs - beforeNs) / (elapsedNs * vcpuCurrent));
}

function addMemory({ balloon }: DomainStats, alive: boolean, add: Add): void {
  const bytes = (key: string): number | undefined => {
    const kib = balloon[key];
    return kib === undefined ? undefined : kib * KIB;
  };
  add('memory.balloon', bytes('current'));
  add('memory.maximum', bytes('maximum'));
  if (!alive) return;
  add('memory.rss', bytes('rss'));
  const { available, unused } = balloon;
  const reported = (balloon[GUEST_REPORTED] ?? 0) > 0 || (available !== undefined && unused !== undefined);
  if (!reported) return;
  add('memory.available', bytes('available'));
  add('memory.usable', bytes('usable'));
  if (available !== undefined && unused !== undefined && unused <= available) {
    add('memory.used', (available - unused) * KIB);
  }
  add('memory.swap', bytes('swap_in'), { direction: 'in' });
  add('memory.swap', bytes('swap_out'), { direction: 'out' });
  add('memory.faults', balloon.major_fault, { type: 'major' });
  add('memory.faults', balloon.minor_fault, { type: 'minor' });
}

function addDisk({ index, name, values }: DeviceStats, alive: boolean, add: Add): void {
  const device = { 'disk.device': attribute(name ?? String(index)) };
  add('disk.allocation', values.allocation, device);
  add('disk.capacity', values.capacity, device);
  add('disk.physical', values.physical, device);
  if (!alive) return;
  for (const [prefix, direction] of [
    ['rd', 'read'],
    ['wr', 'write'],
    ['fl', 'flush'],
  ] as const) {
    const attributes = { ...device, 'disk.direction': direction };
    add('disk.io', values[`${prefix}.bytes`], attributes);
    add('disk.operations', values[`${prefix}.reqs`], attributes);
    add('disk.operation_time', seconds(values[`${prefix}.times`]), attributes);
  }
}

/** By its place, not by its name on the host: libvirt gives another one at each start (`vnet7`). */
function addInterface({ index, values }: DeviceStats, add: Add): void {
  for (const [prefix, direction] of [
    ['rx', 'receive'],
    ['tx', 'transmit'],
  ] as const) {
    const attributes = { 'network.interface': `net${index}`, 'network.direction': direction };
    add('network.io', values[`${prefix}.bytes`], attributes);
    add('network.packets', values[`${prefix}.pkts`], attributes);
    add('network.errors', values[`${prefix}.errs`], attributes);
    add('network.dropped', values[`${prefix}.drop`], attributes);
  }
}
