import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totalInRange } from '../../dashboards/grafana/totals.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { labelKey } from '../helpers/dashboard-truth.ts';
import { missingEngines, type RunningEngine, startPrometheus } from '../helpers/engines.ts';
import { type RunningLibvirt, startLibvirtd, whyNoLibvirt } from '../helpers/libvirtd.ts';
import { askNow } from '../helpers/query-engines.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const NAME = `zap ${process.pid} [claw]`;
const FLEET = `test://${join(import.meta.dirname, '../fixtures/virsh/test-node.xml')}`;
/** What /proc rounds away, and is asked for in the time of an interval, seconds. */
const TICKS = 0.15;
const CPU = 'libvirt_domain_cpu_time_seconds_total{vm_name="zap"}';
/** virDomainState of the fleet's domains, in whose file nothing says why. */
const FLEET_STATES = [
  ['cra', 'crashed', 6],
  ['orb [claw]', 'shutoff', 5],
  ['sun', 'paused', 3],
  ['test', 'running', 1],
  ['zap of the fleet', 'running', 1],
] as const;

interface Vm {
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly figures: { readonly cpu_time_s: number | null };
}

let libvirt: RunningLibvirt;
let prometheus: RunningEngine;
let bridge: RunningBridge;

const missing = whyNoLibvirt() ?? missingEngines('prometheus');

describe.skipIf(missing !== null)('machines of real libvirts in a real Prometheus', () => {
  beforeAll(async () => {
    libvirt = await startLibvirtd();
    libvirt.create(NAME);
    prometheus = await startPrometheus();
    const endpoint = `${prometheus.url}/api/v1/otlp`;
    bridge = await startBridge({
      targets: [{ name: 'store', endpoint, raw_endpoint: null, signals: ['metrics'], headers: {} }],
      host: {
        homes: [],
        import_days: 0,
        follow: false,
        hostname: 'hypervisor',
        notify: [],
        vms: {
          uris: [libvirt.uri, FLEET, 'test:///default'],
          interval_ms: 500,
          registry: null,
          instances: [
            { name: 'zap', domain: NAME, uri: libvirt.uri, project: 'demo' },
            { name: 'zap of the fleet', domain: 'zap', uri: FLEET },
          ],
        },
      },
    });
  });
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
    await prometheus?.[Symbol.asyncDispose]();
    await libvirt?.[Symbol.asyncDispose]();
  });

  const ask = async (expr: string): Promise<[string, number][]> => [
    ...(await askNow({ api: `${prometheus.url}/api/v1` }, expr, Date.now())),
  ];
  const value = async (expr: string): Promise<number> => (await ask(expr))[0]?.[1] ?? Number.NaN;
  const machines = async (): Promise<Vm[]> => ((await bridge.query('/v1/vms')) as { vms: Vm[] }).vms;
  const seen = (state: string, reason: string): Promise<Vm | undefined> =>
    waitUntil(
      async () => (await machines()).find(({ name }) => name === 'zap'),
      (vm) => vm?.state === state && vm.reason === reason,
    );

  it('have the states and reasons of a fleet', async () => {
    const fleet = 'vm_name=~"cra|orb .*|sun|test|zap of the fleet"';
    const states = await waitUntil(
      () => ask(`sum by (vm_name, state) (libvirt_domain_state{${fleet}} == 1)`),
      (told) => told.length === FLEET_STATES.length,
    );
    expect(states.map(([key]) => key).sort()).toEqual(
      FLEET_STATES.map(([name, state]) => labelKey({ vm_name: name, state })).sort(),
    );
    const codes = new Map(await ask(`sum by (vm_name) (libvirt_domain_state_code{${fleet}})`));
    const reasons = new Map(await ask(`sum by (vm_name) (libvirt_domain_state_reason{${fleet}})`));
    for (const [name, , code] of FLEET_STATES) {
      expect([name, codes.get(labelKey({ vm_name: name }))]).toEqual([name, code]);
      expect([name, reasons.get(labelKey({ vm_name: name }))]).toEqual([name, 0]);
    }
    const told = (await machines()).filter(({ name }) => FLEET_STATES.some(([known]) => known === name));
    expect(told.map(({ name, state, reason }) => [name, state, reason]).sort()).toEqual(
      FLEET_STATES.map(([name, state]) => [name, state, 'unknown']),
    );
  });

  it('lose nothing and jump nowhere where one is stopped and started', async () => {
    /** CPU seconds of its process, which stands still. */
    const paused = async (): Promise<number> => {
      await waitUntil(
        () => Promise.resolve(libvirt.processCpuSeconds(NAME)),
        (seconds) => seconds > 1,
      );
      libvirt.virsh('suspend', NAME);
      await seen('paused', 'user');
      return libvirt.processCpuSeconds(NAME);
    };
    /** What its runs used is counted: those before, and this one, which stands still but for being asked. */
    const isCounted = async (before: number, run: number): Promise<void> => {
      const total = await waitUntil(
        () => value(CPU),
        (seconds) => seconds >= 0.98 * (before + run) - TICKS,
      );
      expect(total).toBeLessThanOrEqual(1.02 * (before + libvirt.processCpuSeconds(NAME)) + TICKS);
    };
    const first = await paused();
    await isCounted(0, first);
    const told = (await seen('paused', 'user'))?.figures.cpu_time_s ?? 0;
    expect(told).toBeGreaterThanOrEqual(0.98 * first - TICKS);
    expect(told).toBeLessThanOrEqual(1.02 * libvirt.processCpuSeconds(NAME) + TICKS);
    const firstEnd = libvirt.processCpuSeconds(NAME);
    libvirt.virsh('destroy', NAME);
    await seen('shutoff', 'destroyed');
    expect(await value(CPU)).toBeGreaterThanOrEqual(0.98 * first - TICKS);
    libvirt.virsh('start', NAME);
    const second = await paused();
    await isCounted(firstEnd, second);
    const secondEnd = libvirt.processCpuSeconds(NAME);
    // Within an interval, so that nobody sees it stand still.
    libvirt.virsh('destroy', NAME);
    libvirt.virsh('start', NAME);
    const third = await paused();
    await isCounted(firstEnd + secondEnd, third);
    expect(await value(`resets(${CPU}[10m])`)).toBe(0);
    const total = await value(totalInRange(CPU).replaceAll('$__range', '10m'));
    const used = firstEnd + secondEnd + libvirt.processCpuSeconds(NAME);
    expect(total).toBeLessThanOrEqual(1.02 * used + TICKS);
    // The first reading may be one of a machine that worked already: it counts from there.
    expect(total).toBeGreaterThanOrEqual(0.98 * (second + third) - TICKS);
    // One virtual CPU, and the emulator's own threads.
    expect(await value(`max_over_time(rate(${CPU}[5s])[10m:1s])`)).toBeLessThan(4);
  });
});
