import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { testImages } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Figures that move on between two readings agree as well as this, of the larger one. */
const TOLERANCE = 0.05;
const prefix = `am-containers-${process.pid}`;
const network = `${prefix}-agents`;
const MIB = 1024 * 1024;

interface Sampled {
  readonly name: string;
  readonly project: string;
  readonly agent: string;
  readonly state: string;
  readonly reason: string | null;
  readonly issues: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly figures: Readonly<Record<string, number | null>>;
}

const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** Runs a script in a container. */
function run(name: string, script: string, ...options: string[]): void {
  docker(
    'run',
    '--detach',
    '--name',
    `${prefix}-${name}`,
    ...options,
    testImages().bridge ?? '',
    'node',
    '-e',
    script,
  );
}

/** A process that works, and holds 60 MiB that it wrote to. */
const WORK = `
const held = Buffer.alloc(60 * ${MIB}, 1);
setInterval(() => { const until = Date.now() + 30; while (Date.now() < until) held[0]++; }, 100);
`;

let bridge: RunningBridge;

async function sampled(name: string): Promise<Sampled | undefined> {
  const response = await fetch(`http://127.0.0.1:${bridge.config.ports.ui}/v1/vms`);
  const { containers } = (await response.json()) as { containers: Sampled[] };
  return containers.find((each) => each.name === `${prefix}-${name}`);
}

const seen = (name: string, isSo: (container: Sampled) => boolean): Promise<Sampled | undefined> =>
  waitUntil(
    () => sampled(name),
    (container) => container !== undefined && isSo(container),
  );

/** CPU time as the kernel tells it in the container, seconds. */
function cpuSeconds(name: string): number {
  const text = docker(
    'exec',
    `${prefix}-${name}`,
    'node',
    '-e',
    `
    const fs = require('fs');
    try { console.log(Number(/usage_usec (\\d+)/.exec(fs.readFileSync('/sys/fs/cgroup/cpu.stat', 'utf8'))[1]) / 1e6); }
    catch { console.log(Number(fs.readFileSync('/sys/fs/cgroup/cpuacct/cpuacct.usage', 'utf8')) / 1e9); }`,
  );
  return Number(text);
}

function near(value: number | null | undefined, reference: number): void {
  expect(value).toBeTypeOf('number');
  expect(Math.abs((value ?? 0) - reference)).toBeLessThanOrEqual(TOLERANCE * Math.max(value ?? 0, reference));
}

/** CPU time of a container in the newest round, seconds. */
async function total(name: string): Promise<number> {
  return (await sampled(name))?.figures.cpu_time_s ?? Number.NaN;
}

describe('containers of a real Docker', () => {
  beforeAll(async () => {
    docker('network', 'create', network);
    run('work', WORK, '--network', network, '--env', 'OTEL_RESOURCE_ATTRIBUTES=project=my%20shop,agent=ann');
    run(
      'labelled',
      'setInterval(() => {}, 1000)',
      '--label',
      'agent-monitor.project=demo',
      '--memory',
      '64m',
    );
    run('other', 'setInterval(() => {}, 1000)');
    bridge = await startBridge({
      host: {
        homes: [],
        import_days: 0,
        follow: false,
        hostname: 'box',
        notify: [],
        containers: { socket_path: '/var/run/docker.sock', network, interval_ms: 1000 },
      },
    });
  });
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
    const names = docker('ps', '--all', '--quiet', '--filter', `name=${prefix}`).split('\n').filter(Boolean);
    if (names.length > 0) docker('rm', '--force', ...names);
    docker('network', 'rm', network);
  });

  it('are those on the agents’ network and those with a label, with whose they are', async () => {
    const work = await seen('work', ({ state }) => state === 'running');
    expect(work).toMatchObject({ project: 'my shop', agent: 'ann', issues: [] });
    const labelled = await seen('labelled', ({ state }) => state === 'running');
    expect(labelled).toMatchObject({ project: 'demo', agent: `${prefix}-labelled` });
    expect(labelled?.figures.memory_total_bytes).toBe(64 * MIB);
    expect(await sampled('other')).toBeUndefined();
  });

  it('have the CPU time and memory that the kernel tells', async () => {
    const before = cpuSeconds('work');
    const first = await total('work');
    expect(first).toBeGreaterThan(0);
    await delay(5000);
    const memory = docker('stats', '--no-stream', '--format', '{{.MemUsage}}', `${prefix}-work`);
    const [, mib = ''] = /^([\d.]+)MiB/.exec(memory) ?? [];
    const work = await sampled('work');
    near(work?.figures.memory_bytes, Number(mib) * MIB);
    expect(work?.figures.memory_bytes).toBeGreaterThan(60 * MIB);
    // The newest round is at most a second old, and so much work may be missing.
    const spent = cpuSeconds('work');
    expect(spent).toBeGreaterThan(before);
    const told = await total('work');
    expect(told).toBeLessThanOrEqual(cpuSeconds('work'));
    expect(spent - told).toBeLessThan(1.5);
    expect(work?.figures.cpus_used).toBeGreaterThan(0);
  });

  it('are told to have stopped, started again, been killed for memory, and gone', async () => {
    docker('stop', '--time', '1', `${prefix}-labelled`);
    const stopped = await seen('labelled', ({ state }) => state === 'exited');
    expect(stopped).toMatchObject({
      reason: 'stopped',
      figures: { cpus_used: null, memory_bytes: null },
    });
    docker('start', `${prefix}-labelled`);
    await seen('labelled', ({ state, figures }) => state === 'running' && figures.memory_bytes !== null);
    const eater = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8 << 20, 1)), 20)';
    run('eater', eater, '--network', network, '--memory', '40m', '--memory-swap', '40m');
    const killed = await seen('eater', ({ state }) => state === 'exited');
    expect(killed).toMatchObject({ reason: 'oom_killed', issues: ['killed for want of memory'] });
    docker('rm', '--force', `${prefix}-eater`);
    // Started again at once: its state says nothing of the kill.
    const once = `const fs = require('fs'); if (fs.existsSync('/tmp/x')) setInterval(() => {}, 1000); else { fs.writeFileSync('/tmp/x', ''); ${eater} }`;
    run(
      'phoenix',
      once,
      '--network',
      network,
      '--memory',
      '40m',
      '--memory-swap',
      '40m',
      '--restart',
      'always',
    );
    await seen('phoenix', ({ state, facts }) => state === 'running' && facts.restarts === 1);
    const url = `http://127.0.0.1:${bridge.config.ports.ui}/v1/events?event_type=container.state_change`;
    const changes = await waitUntil(
      async () => {
        const { events } = (await (await fetch(url)).json()) as {
          events: { payload: Record<string, unknown> }[];
        };
        return events.map(({ payload }) => `${payload.name} ${payload.state} ${payload.severity}`);
      },
      (told) => told.includes(`${prefix}-eater gone warn`) || told.includes(`${prefix}-eater gone info`),
    );
    const issues = (await bridge.query('/v1/events?event_type=container.issue')) as {
      events: { payload: Record<string, unknown> }[];
    };
    expect(issues.events.map(({ payload }) => `${payload.name}: ${payload.issue}`)).toContain(
      `${prefix}-phoenix: killed for want of memory`,
    );
    expect(changes).toEqual(
      expect.arrayContaining([`${prefix}-labelled exited warn`, `${prefix}-labelled running info`]),
    );
  });
});
