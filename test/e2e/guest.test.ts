import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGuest } from '../../otel-bridge/host/vms/read-guest.ts';
import { toInstances } from '../../otel-bridge/host/vms/read-registry.ts';
import type { VmInstance } from '../../otel-bridge/host/vms/vm-instance.ts';
import { canRunSshd, type LoopbackSshd, startLoopbackSshd } from '../helpers/loopback-sshd.ts';

let sshd: LoopbackSshd;
const at = (name: string): string => join(sshd.folder, name);

describe.skipIf(!canRunSshd())('a guest over a real ssh', () => {
  beforeAll(async () => {
    sshd = await startLoopbackSshd();
  });
  afterAll(() => sshd[Symbol.dispose]());

  const instance = (more: object = {}): VmInstance => {
    const [made] = toInstances(
      [{ name: 'guest', ssh: `${userInfo().username}@127.0.0.1`, ssh_port: sshd.port, ...more }],
      'test',
    ).instances;
    if (made === undefined) throw new Error('there is an instance');
    return made;
  };
  const look = (guest: VmInstance, { key = 'key', known = 'known', timeoutMs = 15_000 } = {}) =>
    readGuest(guest, {
      controlDir: sshd.folder,
      timeoutMs,
      sshOptions: [
        `IdentityFile=${at(key)}`,
        'IdentitiesOnly=yes',
        `UserKnownHostsFile=${at(known)}`,
        'GlobalKnownHostsFile=/dev/null',
        // Each case is its own connection.
        'ControlMaster=no',
        'ControlPath=none',
      ],
    });

  it('tells what the commands tell by hand', async () => {
    const { metrics, facts, issues } = await look(instance());
    expect(facts.ssh, issues.join()).toBe('ok');
    const figure = (name: string, ...attributes: string[]): number | undefined =>
      metrics.find(
        ({ metric, attributes: told }) =>
          metric === name && attributes.every((wanted) => Object.values(told).includes(wanted)),
      )?.value;
    const memory = readFileSync('/proc/meminfo', 'utf8');
    const total = Number(/MemTotal: +(\d+)/.exec(memory)?.[1]) * 1024;
    expect((figure('system.memory.usage', 'used') ?? 0) + (figure('system.memory.usage', 'free') ?? 0)).toBe(
      total,
    );
    expect(figure('system.uptime')).toBeGreaterThan(0);
    expect(figure('system.cpu.load_average.1m')).toBeGreaterThanOrEqual(0);
    const disks = execFileSync('df', ['-kP'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.startsWith('/dev/'));
    const [, size = '', , , , mount = ''] = disks[0]?.split(/ +/) ?? [];
    expect(metrics.filter(({ metric }) => metric === 'system.filesystem.usage')).toHaveLength(
      2 * disks.length,
    );
    const used = figure('system.filesystem.usage', mount, 'used') ?? 0;
    expect(used).toBeLessThanOrEqual(Number(size) * 1024);
  });

  it('tells whether the gateway answers and services run, whatever their names hold', async () => {
    const gateway = createServer((_, response) => response.end('ok'));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const gateway_port = (gateway.address() as AddressInfo).port;
    const { facts, issues } = await look(
      instance({ gateway_port, services: [`no-such'; touch ${at('injected')}; '`, '$(id)'] }),
    );
    gateway.close();
    // It answers, and no process of that name runs.
    expect(facts.gateway).toBe('down');
    expect(issues).toContain('gateway down (process)');
    expect(issues).not.toContain('gateway down (http)');
    expect(existsSync(at('injected'))).toBe(false);
  });

  it('says why it could not look: key, host key, address, time', async () => {
    expect((await look(instance(), { key: 'stranger' })).issues[0]).toContain('ssh key refused');
    writeFileSync(at('none'), '');
    expect((await look(instance(), { known: 'none' })).issues[0]).toContain('host key is not known');
    const [type, key] = readFileSync(at('stranger.pub'), 'utf8').split(' ');
    writeFileSync(at('other'), `[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
    expect((await look(instance(), { known: 'other' })).issues[0]).toContain('host key changed');
    expect((await look(instance({ ssh_port: 9 }))).issues[0]).toContain('ssh failed');
    expect((await look(instance({ ssh: '-oProxyCommand=touch /tmp/x' }))).issues[0]).toContain('ssh target');
    expect((await look(instance(), { timeoutMs: 1 })).issues[0]).toContain('did not answer within');
  });

  it('keeps apart what else is said, and says what is wrong with an answer', async () => {
    const authorized = readFileSync(at('authorized'), 'utf8');
    const lookWith = async (command: string) => {
      const forced = `restrict,command="${command.replaceAll('"', '\\"')}"`;
      writeFileSync(at('authorized'), authorized.replace('restrict', forced));
      const { metrics, issues } = await look(instance());
      return { loads: metrics.filter(({ metric }) => metric.endsWith('.1m')).length, issues };
    };
    // A banner that could be taken for an answer, and does not end its line.
    const banner = `printf 'agent-monitor-guest 1, welcome\\nload 9 9 9\\nend\\nno news'; exec sh -c "$SSH_ORIGINAL_COMMAND"`;
    expect(await lookWith(banner)).toEqual({ loads: 1, issues: [] });
    expect(await lookWith('echo no')).toMatchObject({
      loads: 0,
      issues: [expect.stringContaining('did not run what was sent')],
    });
    expect(await lookWith('yes')).toMatchObject({
      loads: 0,
      issues: [expect.stringContaining('wrote without end')],
    });
    const broken = `printf '\\nagent-monitor-guest 1\\nload 1 2 3\\n'`;
    expect(await lookWith(broken)).toMatchObject({
      loads: 1,
      issues: [expect.stringContaining('breaks off')],
    });
    writeFileSync(at('authorized'), authorized);
  });
});
