import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMonitorHome, type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

function isInstalled(): boolean {
  try {
    execFileSync('virsh', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
});
afterAll(() => monitor[Symbol.asyncDispose]());

interface Vm {
  readonly name: string;
  readonly state: string;
  readonly project: string;
  readonly registered: boolean;
}

describe.skipIf(!isInstalled())('virtual machines of a real libvirt', () => {
  it('are sampled, listed, checked and proposed by the command', async () => {
    await using home = await createMonitorHome(monitor);
    const node = join(home.home, 'node.xml');
    copyFileSync(join(import.meta.dirname, '../fixtures/virsh/test-node.xml'), node);
    const registry = join(home.home, 'instances.json');
    const instances = [{ name: 'zap', project: 'demo', agent: 'claw' }, { name: 'lost [2]' }];
    writeFileSync(registry, JSON.stringify({ instances }));
    await home.writeSettings(
      `history: {import: none, follow: false}\nvms: {uris: ["test://${node}"], interval: 1s, registry: ${registry}}\n`,
    );
    const up = await home.run(['up', '--runtime', 'embedded']);
    expect(up.exitCode, up.stderr).toBe(0);
    const { data } = await waitUntil(
      () => home.json<{ vms: Vm[] }>(['vms', 'list']),
      (answer) => answer.data.vms.length === 4,
    );
    expect(
      data.vms.map(({ name, state, project, registered }) => [name, state, project, registered]).sort(),
    ).toEqual([
      ['cra', 'crashed', 'unassigned', false],
      ['orb [claw]', 'shutoff', 'unassigned', false],
      ['sun', 'paused', 'unassigned', false],
      ['zap', 'running', 'demo', true],
    ]);
    const text = await home.run(['vms', 'list']);
    expect(text.stdout).toContain('orb [claw] (not registered)');

    const check = await home.json<{ rounds: { problem: string | null }[] }>(['vms', 'check']);
    expect(check.exitCode).toBe(4);
    expect(check.data.rounds[0]?.problem).toBeNull();
    const said = await home.run(['vms', 'check']);
    expect(said.stderr).toContain('lost [2]: no libvirt that was asked has a domain "lost [2]"');
    const discovered = await home.run(['vms', 'discover']);
    expect(discovered.stdout).toContain('"domain":"00000000-0000-0000-0000-000000000002"');
    expect(discovered.stdout).not.toContain('00000000-0000-0000-0000-000000000001');

    const snapshots = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/events?event_type=openclaw.snapshot`);
    const { events } = (await snapshots.json()) as { events: { payload: Vm; attributes: object }[] };
    expect(events).toMatchObject([
      { payload: { name: 'zap', state: 'running' }, attributes: { project: 'demo' } },
    ]);
  });

  it('are sampled for a bridge elsewhere by the command alone', async () => {
    await using bridge = await createMonitorHome(monitor);
    await bridge.writeSettings('history: {import: none, follow: false}\n');
    await bridge.run(['up', '--runtime', 'embedded']);
    await using other = await createMonitorHome(monitor);
    let stop = (): void => undefined;
    const watching = other.run(
      ['vms', 'watch', '--uri', 'test:///default', '--to', `http://127.0.0.1:${bridge.ports.ingest}`],
      {
        onStart: (child) => {
          stop = () => void child.kill('SIGTERM');
        },
      },
    );
    await waitUntil(
      () => bridge.json<{ vms: Vm[] }>(['vms', 'list']),
      ({ data }) => data.vms.some(({ name, state }) => name === 'test' && state === 'running'),
    );
    stop();
    await watching;
  });

  it('are not there where no libvirt is, and it is said why', async () => {
    await using home = await createMonitorHome(monitor);
    const check = await home.run(['vms', 'check', '--uri', 'test:///no/such.xml']);
    expect(check.exitCode).toBe(4);
    expect(check.stderr).toContain('cannot be asked');
    expect((await home.run(['vms', 'check'])).exitCode).toBe(2);
  });
});
