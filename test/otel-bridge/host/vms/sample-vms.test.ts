import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { SampledThing } from '../../../../otel-bridge/domain/sample.ts';
import { sampleRoundSchema } from '../../../../otel-bridge/domain/sample.ts';
import type { DomainStats } from '../../../../otel-bridge/host/vms/domain-stats.ts';
import { readDomains } from '../../../../otel-bridge/host/vms/read-domains.ts';
import { toInstances } from '../../../../otel-bridge/host/vms/read-registry.ts';
import { sampleVms, type VmRoundOptions } from '../../../../otel-bridge/host/vms/sample-vms.ts';
import { isSampleMetric } from '../../../../otel-bridge/projections/sample-metrics.ts';

const NODE = `test://${join(import.meta.dirname, '../../../fixtures/virsh/test-node.xml')}`;

function isInstalled(): boolean {
  try {
    execFileSync('virsh', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const base: Omit<VmRoundOptions, 'uri'> = {
  hostname: 'hypervisor',
  intervalMs: 30_000,
  instances: [],
  lookInto: async () => ({ metrics: [], facts: {}, issues: [] }),
  earlier: new Map(),
};

function domain(figures: Partial<DomainStats>): DomainStats & { uuid: string } {
  return { name: 'a', uuid: 'u', balloon: {}, vcpus: [], interfaces: [], disks: [], ...figures };
}

function figures({ metrics }: Pick<SampledThing, 'metrics'>): Record<string, number> {
  return Object.fromEntries(
    metrics.map(({ metric, value, attributes }) => [[metric, ...Object.values(attributes)].join(' '), value]),
  );
}

describe.skipIf(!isInstalled())('a round over a real libvirt', () => {
  it('tells states and reasons of a fleet, names of the registry, and who is not in it', async () => {
    const { instances } = toInstances(
      [
        { name: 'zap', project: 'demo', agent: 'claw' },
        { name: 'orb', domain: 'orb [claw]' },
        { name: 'by-uuid', domain: '00000000-0000-0000-0000-000000000003' },
        { name: 'lost', domain: 'no such', uri: NODE },
      ],
      'test',
    );
    const round = await sampleVms({ ...base, uri: NODE, instances });
    expect(sampleRoundSchema.parse(round)).toEqual(round);
    expect(round.problem).toBeNull();
    expect(
      round.things
        .map(({ name, state, reason, registered, project }) => ({ name, state, reason, registered, project }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ).toEqual([
      { name: 'by-uuid', state: 'paused', reason: 'unknown', registered: true, project: 'unassigned' },
      { name: 'cra', state: 'crashed', reason: 'unknown', registered: false, project: 'unassigned' },
      { name: 'lost', state: 'missing', reason: null, registered: true, project: 'unassigned' },
      { name: 'orb', state: 'shutoff', reason: 'unknown', registered: true, project: 'unassigned' },
      { name: 'zap', state: 'running', reason: 'unknown', registered: true, project: 'demo' },
    ]);
    for (const { metrics } of round.things) {
      for (const { metric } of metrics) expect(isSampleMetric(metric), metric).toBe(true);
    }
  });

  it('says why a libvirt cannot be asked', async () => {
    expect((await readDomains('test:///no/such.xml')).problem).toContain('cannot be asked');
    expect((await readDomains('qemu+unix:///system?socket=/nowhere')).problem).toContain('cannot be asked');
    expect((await readDomains('test:///default', 1)).problem).toContain('did not answer within');
  });
});

describe('what virsh says', () => {
  const says = async (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'am-virsh-'));
    writeFileSync(join(folder, 'virsh'), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    try {
      return await readDomains('qemu:///system');
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  };
  const [one, two] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];
  const stats = "Domain: 'a'\n  state.state=1\n\nDomain: 'b [x]'\n  state.state=5\n";

  it('is joined by name, and belongs to no run where one was started meanwhile', async () => {
    const told = await says(`${one} 3 a\n${two} - b [x]\n\n${stats}\n${one} 3 a\n${two} - b [x]`);
    expect(told.problem).toBeNull();
    expect(told.domains).toMatchObject([
      { name: 'a', uuid: one, runId: '3' },
      { name: 'b [x]', uuid: two, runId: null },
    ]);
    const moved = await says(`${one} 3 a\n\n${stats}\n${one} 4 a\n${two} 5 b [x]`);
    expect(moved.domains).toMatchObject([
      { name: 'a', uuid: one, runId: null },
      { name: 'b [x]', uuid: two, runId: '5' },
    ]);
  });

  it('is told as unread where it is neither', async () => {
    const { domains, problem } = await says(`what is this\n${one} 3 a\n\n${stats}`);
    expect(problem).toContain('what is this');
    expect(domains).toHaveLength(2);
  });
});

describe('figures of a domain', () => {
  const round = async (stats: DomainStats & { uuid: string }, nowMs: number, earlier = base.earlier) =>
    sampleVms({
      ...base,
      uri: 'x',
      earlier,
      read: async () => ({ problem: null, domains: [stats] }),
      now: () => nowMs,
    });

  it('are in base units, and what is not told is absent', async () => {
    const [thing] = (
      await round(
        domain({
          stateCode: 1,
          reasonCode: 1,
          cpuTimeNs: 4_010_000_000,
          vcpuCurrent: 2,
          balloon: { current: 262_144, 'last-update': 0, rss: 42_748 },
          disks: [{ index: 0, name: 'vda', values: { 'rd.bytes': 10, 'rd.times': 2_000_000, capacity: 99 } }],
          interfaces: [{ index: 0, name: 'vnet0', values: { 'rx.bytes': 180 } }],
        }),
        0,
      )
    ).things;
    const told = figures(thing ?? { metrics: [] });
    expect(told).toMatchObject({
      'libvirt.domain.state running': 1,
      'libvirt.domain.state paused': 0,
      'libvirt.domain.cpu.time': 4.01,
      'libvirt.domain.memory.balloon': 268_435_456,
      'libvirt.domain.memory.rss': 43_773_952,
      'libvirt.domain.disk.io vda read': 10,
      'libvirt.domain.disk.operation_time vda read': 0.002,
      'libvirt.domain.disk.capacity vda': 99,
      'libvirt.domain.network.io net0 receive': 180,
    });
    // The guest reports nothing: what it uses is not known, and is not 0.
    expect(Object.keys(told).filter((name) => /memory\.(?:used|usable)|utilization/.test(name))).toEqual([]);
  });

  it('hold the share of its CPUs that a running domain used, and none over a stop, a start or a reset', async () => {
    const earlier = new Map();
    const running = (cpuTimeNs: number) => domain({ stateCode: 1, vcpuCurrent: 2, cpuTimeNs });
    const share = async (stats: DomainStats & { uuid: string }, nowMs: number) =>
      figures((await round(stats, nowMs, earlier)).things[0] ?? { metrics: [] })[
        'libvirt.domain.cpu.utilization'
      ];
    expect(await share(running(1e9), 0)).toBeUndefined();
    expect(await share(running(2e9), 1000)).toBeCloseTo(0.5);
    expect(await share(domain({ stateCode: 5, vcpuCurrent: 2, cpuTimeNs: 3e8 }), 2000)).toBeUndefined();
    expect(await share(running(4e8), 3000)).toBeUndefined();
    expect(await share(running(3e8), 4000)).toBeUndefined();
  });

  it('leave out counters of a domain that is off', async () => {
    const [thing] = (
      await round(
        domain({
          stateCode: 5,
          reasonCode: 2,
          cpuTimeNs: 3e8,
          disks: [{ index: 0, name: 'vda', values: { allocation: 7, 'rd.bytes': 3 } }],
        }),
        0,
      )
    ).things;
    const told = Object.keys(figures(thing ?? { metrics: [] }));
    expect(told).toContain('libvirt.domain.disk.allocation vda');
    expect(told.filter((name) => /cpu\.time|disk\.io/.test(name))).toEqual([]);
    expect(thing).toMatchObject({ state: 'shutoff', reason: 'destroyed' });
  });
});

describe('a registry', () => {
  it.each([
    [[{ name: 'a', domain: 'b', ip: '10.0.0.1', user: 'me' }]],
    [{ instances: [{ name: 'a', vm: 'b', ssh: 'me@10.0.0.1' }] }],
    [{ a: { libvirt_domain: 'b', ssh_target: 'me@10.0.0.1' } }],
  ])('is read leniently: %j', (value) => {
    expect(toInstances(value, 'x')).toMatchObject({
      problem: null,
      instances: [{ name: 'a', domain: 'b', ssh: 'me@10.0.0.1' }],
    });
  });

  it('says which entries it cannot use, and uses the others', () => {
    const { instances, problem } = toInstances([{ domain: 'x' }, { name: 'a' }, 7], 'registry "r"');
    expect(instances).toHaveLength(1);
    expect(problem).toContain('registry "r" has entries without a name');
    const ports = toInstances(
      [{ name: 'a', ssh_port: 'x', gateway_port: 99_999, services: 5 }],
      'registry "r"',
    );
    expect(ports.instances).toMatchObject([{ name: 'a', sshPort: null, gatewayPort: null, services: [] }]);
    expect(ports.problem).toContain('ssh_port "x" at "a", wanted is a port');
    expect(ports.problem).toContain('gateway_port 99999 at "a"');
    expect(toInstances(5, 'registry "r"').problem).toContain('neither a list nor an object');
  });
});
