import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDomstatsReader } from '../../../../otel-bridge/host/vms/parse-domstats.ts';

function parseDomstats(text: string) {
  const reader = createDomstatsReader();
  reader.push(text);
  return reader.end();
}

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/virsh', name), 'utf8');

describe('parseDomstats', () => {
  it('reads what a real libvirt with three domains says', () => {
    const { domains, unread } = parseDomstats(recorded('qemu-domstats-raw-all.txt'));
    expect(unread).toBeNull();
    expect(domains.map(({ name, stateCode }) => [name, stateCode])).toEqual([
      ['zap-kvm', 1],
      ['sun', 1],
      ['orb [claw]', 3],
    ]);
    expect(domains[0]).toMatchObject({
      stateCode: 1,
      reasonCode: 1,
      cpuTimeNs: 4_010_000_000,
      cpuUserNs: 90_000_000,
      cpuSystemNs: 3_920_000_000,
      balloon: { current: 262_144, maximum: 262_144, 'last-update': 0, rss: 42_748 },
      vcpuCurrent: 2,
      vcpus: [{ index: 0, timeNs: 3_690_000_000, waitNs: 0, delayNs: 22_627_619 }, { index: 1 }],
    });
  });

  it('reads a domain that is shut off: no counters of a running one', () => {
    expect(parseDomstats(recorded('qemu-domstats-raw-shutoff.txt')).domains).toMatchObject([
      {
        name: 'sun',
        stateCode: 5,
        reasonCode: 2,
        vcpus: [],
        interfaces: [],
        disks: [
          {
            index: 0,
            name: 'vda',
            values: { allocation: 200_704, capacity: 1_073_741_824, physical: 196_624 },
          },
          { index: 1, name: 'sda', values: {} },
        ],
      },
    ]);
  });

  it('reads the test driver, in which order it may come', () => {
    const { domains } = parseDomstats(recorded('test-node-domstats-raw.txt'));
    expect(domains.map(({ name, stateCode }) => `${name} ${stateCode}`).sort()).toEqual([
      'cra 6',
      'orb [claw] 5',
      'sun 3',
      'zap 1',
    ]);
  });

  it('takes any name: quotes, brackets, line ends', () => {
    const names = ["it's", 'a\nb', '[x] ü', "'", "Domain: 'x'"];
    const text = names.map((name) => `Domain: '${name}'\n  state.state=1\n\n`).join('');
    expect(parseDomstats(text).domains.map(({ name }) => name)).toEqual(names);
  });

  it('leaves out a number that is none, says so, and goes on', () => {
    const text =
      "Domain: 'a'\n  cpu.time=-5\n  cpu.user=18446744073709551615999\n  cpu.system=7\n  balloon.rss=x\n  balloon.usable=18446744073709551615\n  what=1\n";
    const { domains, unread } = parseDomstats(text);
    expect(domains).toEqual([
      {
        name: 'a',
        cpuSystemNs: 7,
        balloon: {},
        vcpus: [],
        interfaces: [],
        disks: [],
        unread: { count: 4, first: '  cpu.time=-5' },
      },
    ]);
    expect(unread).toBeNull();
  });

  it('reads ten thousand virtual CPUs', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `  vcpu.${index}.time=${index}\n`).join('');
    const [domain] = parseDomstats(`Domain: 'a'\n${lines}`).domains;
    expect(domain?.vcpus).toHaveLength(10_000);
    expect(domain?.vcpus.at(-1)).toEqual({ index: 9999, timeNs: 9999 });
  });

  it('takes any text', () => {
    const line = fc.oneof(
      fc.constantFrom(
        "Domain: 'a'",
        "Domain: '",
        '  state.state=1',
        '  vcpu.0.time=',
        '  =',
        '  net.99999999.rx.bytes=1',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const text = lines.join('\n');
        const reading = parseDomstats(text);
        for (const { name, cpuTimeNs = 0 } of reading.domains) {
          expect(name).not.toBe('');
          expect(cpuTimeNs).toBeGreaterThanOrEqual(0);
        }
        // In whatever parts it comes.
        const reader = createDomstatsReader();
        for (let at = 0; at < text.length; at += 7) reader.push(text.slice(at, at + 7));
        expect(reader.end()).toEqual(reading);
      }),
      { numRuns: 2000 },
    );
  });
});
