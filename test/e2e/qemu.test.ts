import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SampledThing } from '../../otel-bridge/domain/sample.ts';
import type { EarlierReading } from '../../otel-bridge/host/vms/domain-metrics.ts';
import { sampleVms } from '../../otel-bridge/host/vms/sample-vms.ts';
import { startLibvirtd, whyNoLibvirt } from '../helpers/libvirtd.ts';

const NAME = `zap ${process.pid} [claw]`;

/** Figures of the one domain, by name and attributes. */
function figuresOf({ metrics }: Pick<SampledThing, 'metrics'>): Record<string, number> {
  return Object.fromEntries(
    metrics.map(({ metric, value, attributes }) => [
      [metric.replace('libvirt.domain.', ''), ...Object.values(attributes)].join(' '),
      value,
    ]),
  );
}

describe.skipIf(whyNoLibvirt() !== null)('a real QEMU guest', () => {
  it('is told as virsh and its process tell it, through pause, stop and start', async () => {
    await using libvirt = await startLibvirtd();
    libvirt.create(NAME);
    const earlier = new Map<string, EarlierReading>();
    const sample = async () => {
      const { things, problem } = await sampleVms({
        uri: libvirt.uri,
        hostname: 'h',
        intervalMs: 1000,
        instances: [],
        lookInto: async () => ({ metrics: [], facts: {}, issues: [] }),
        earlier,
      });
      expect(problem).toBeNull();
      const thing = things.find(({ facts }) => facts.domain === NAME);
      if (thing === undefined) throw new Error('there is a domain');
      return { state: thing.state, reason: thing.reason, figures: figuresOf(thing) };
    };
    /** A figure that the machine goes on counting lies between two readings by hand, give or take 2 %. */
    const between = (value: number | undefined, low: number, high: number): void => {
      expect(value).toBeGreaterThanOrEqual(low * 0.98);
      expect(value).toBeLessThanOrEqual(high * 1.02);
    };

    await sleep(2000);
    const cpuBefore = libvirt.processCpuSeconds(NAME);
    const rssBefore = libvirt.processRssBytes(NAME);
    const running = await sample();
    const cpuAfter = libvirt.processCpuSeconds(NAME);
    const rssAfter = libvirt.processRssBytes(NAME);
    expect(running).toMatchObject({ state: 'running', reason: 'booted' });
    // /proc counts in hundredths of a second.
    between(running.figures['cpu.time'], cpuBefore - 0.02, cpuAfter + 0.02);
    between(running.figures['memory.rss'], Math.min(rssBefore, rssAfter), Math.max(rssBefore, rssAfter));
    expect(running.figures).toMatchObject({
      'memory.balloon': 64 * 1024 * 1024,
      'disk.capacity vda': 16 * 1024 * 1024,
      'vcpu.count': 1,
    });
    expect(running.figures).not.toHaveProperty('memory.used');

    await sleep(1000);
    const share = (await sample()).figures['cpu.utilization'];
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);

    libvirt.virsh('suspend', NAME);
    const paused = await sample();
    expect(paused).toMatchObject({ state: 'paused', reason: 'user' });
    expect(paused.figures).not.toHaveProperty('cpu.utilization');
    libvirt.virsh('resume', NAME);
    expect(await sample()).toMatchObject({ state: 'running', reason: 'unpaused' });

    libvirt.virsh('destroy', NAME);
    const off = await sample();
    expect(off).toMatchObject({ state: 'shutoff', reason: 'destroyed' });
    expect(off.figures).not.toHaveProperty('cpu.time');
    libvirt.virsh('start', NAME);
    const again = await sample();
    expect(again).toMatchObject({ state: 'running', reason: 'booted' });
    expect(again.figures).not.toHaveProperty('cpu.utilization');
  });
});
