import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SAMPLER_FLAGS } from '../../../cli/vms/sampler-flags.ts';
import type { SampleRound } from '../../../otel-bridge/domain/sample.ts';
import { createDomstatsReader } from '../../../otel-bridge/host/vms/parse-domstats.ts';
import { canRunSshd, startLoopbackSshd } from '../../helpers/loopback-sshd.ts';
import type { BenchContext, Benchmark, Row, Skipped } from '../benchmark.ts';
import { findProcesses, readCpuSeconds, readPeakMemoryMib } from '../measure/processes.ts';
import { spreadOf } from '../measure/statistics.ts';
import { domstatsOf, nameOf, writeVirsh } from '../payload/domains.ts';

const MANY = 1000;
const GUESTS = 20;
const INTERVAL_MS = 30_000;
const ROUNDS = 5;
const MIN_PARSE_MS = 2000;
/** As it comes through a pipe. */
const CHUNK_SIZE = 65_536;
/** Rounds of the sampler that its memory is taken over. */
const MEMORY_ROUNDS = 10;
const URI = 'qemu:///system';

/** Sampling of virtual machines: many in one round, the parser alone, and guests that are looked into. */
export const vms: Benchmark = {
  name: 'vms',
  run: async (context) => [oneRound(context), await memory(context), parser(), await guests(context)],
};

/** The whole program, from its start to its end: virsh, parser, figures, JSON. */
function oneRound({ folder, program, settings }: BenchContext): Row {
  const bin = writeVirsh(folder, MANY);
  const config = writeConfig(folder, { uri: URI, intervalMs: INTERVAL_MS, bridgeUrl: 'http://127.0.0.1:9' });
  const durations = Array.from({ length: settings.long ? 2 * ROUNDS : ROUNDS }, () => {
    const startedMs = performance.now();
    const { stdout } = spawnSync(process.execPath, [program.bridge, 'vms', '--config', config], {
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const durationMs = performance.now() - startedMs;
    const { rounds } = JSON.parse(stdout) as { rounds: SampleRound[] };
    assertWhole(rounds[0], MANY);
    return durationMs / 1000;
  });
  return {
    what: `a round over ${MANY} domains`,
    value: spreadOf(durations),
    unit: ' s',
    bound: { of: 'value', better: 'lower', atLeast: 2 },
    note: 'the start of the program included; virsh is a script that prints what was generated',
  };
}

/** How large the sampler is that `monitor vms watch` runs. */
async function memory(context: BenchContext): Promise<Row> {
  const one = await peaksOf(context, 1);
  const many = await peaksOf(context, MANY);
  return {
    what: `memory of the sampler alone over ${MANY} domains`,
    value: spreadOf([many.last]),
    unit: ' MiB',
    bound: { of: 'value', better: 'lower', atLeast: 100 },
    note: `the most that was resident after ${MEMORY_ROUNDS} rounds a second apart, all of Node included; ${Math.round(many.first)} MiB after the first, ${Math.round(one.last)} MiB with a single domain`,
  };
}

/** The most that the sampler had resident, after its first round and after some, MiB. */
async function peaksOf(
  { folder, program }: BenchContext,
  domains: number,
): Promise<{ readonly first: number; readonly last: number }> {
  const bin = writeVirsh(folder, domains);
  await using sink = await startSink();
  const config = writeConfig(folder, { uri: URI, intervalMs: 1000, bridgeUrl: sink.url });
  const sampler = [...SAMPLER_FLAGS, join(dirname(program.bridge), 'vm-sampler.mjs')];
  using host = startProgram(sampler, config, `${bin}:${process.env.PATH}`);
  assertWhole(await sink.next(), domains);
  const first = readPeakMemoryMib(host.pid);
  while (sink.rounds.length < MEMORY_ROUNDS) await sink.next();
  return { first, last: readPeakMemoryMib(host.pid) };
}

function parser(): Row {
  const text = domstatsOf(MANY);
  const speeds: number[] = [];
  for (const startedMs = performance.now(); performance.now() - startedMs < MIN_PARSE_MS; ) {
    const beganMs = performance.now();
    const reader = createDomstatsReader();
    for (let at = 0; at < text.length; at += CHUNK_SIZE) reader.push(text.slice(at, at + CHUNK_SIZE));
    const { domains, unread } = reader.end();
    const tookMs = performance.now() - beganMs;
    if (domains.length !== MANY || unread !== null)
      throw new Error('the parser did not read what was generated');
    speeds.push(text.length / 1e6 / (tookMs / 1000));
  }
  return {
    what: 'parser of domstats',
    value: spreadOf(speeds),
    unit: ' MB/s',
    bound: { of: 'value', better: 'higher', atLeast: 50 },
    note: `${(text.length / 1e6).toFixed(1)} MB at a time`,
  };
}

async function guests({ folder, program, settings }: BenchContext): Promise<Row | Skipped> {
  const what = `CPU for ${GUESTS} domains with SSH checks every ${INTERVAL_MS / 1000} s`;
  if (!canRunSshd()) return { what, skipped: 'sshd and root are needed' };
  // A connection of its own for each: sshd listens on 16 addresses at most, so there are two of them.
  const addresses = Array.from({ length: GUESTS / 2 }, (_, index) => `127.0.0.${index + 1}`);
  using sshd = await startLoopbackSshd(addresses);
  using other = await startLoopbackSshd(addresses);
  await using sink = await startSink();
  const bin = writeVirsh(folder, GUESTS);
  // ssh reads no settings by its environment.
  const options = [
    `IdentityFile ${sshd.folder}/key`,
    `IdentityFile ${other.folder}/key`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${sshd.folder}/known ${other.folder}/known`,
  ];
  writeFileSync(join(sshd.folder, 'ssh_config'), `${options.join('\n')}\n`);
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${sshd.folder}/ssh_config' "$@"\n`);
  chmodSync(join(bin, 'ssh'), 0o755);
  const config = writeConfig(folder, {
    uri: URI,
    intervalMs: INTERVAL_MS,
    bridgeUrl: sink.url,
    instances: [sshd, other].flatMap(({ port }, server) =>
      addresses.map((address, index) => ({
        name: `vm ${address}:${port}`,
        domain: nameOf(server * addresses.length + index),
        ssh: `${userInfo().username}@${address}`,
        ssh_port: port,
      })),
    ),
  });
  using host = startProgram([program.bridge, 'host'], config, `${bin}:${process.env.PATH}`, sshd.folder);
  // Connections are made in the first round, and kept.
  await sink.next();
  const cpuSeconds = (): number =>
    [host.pid, ...findProcesses(`${sshd.folder}/am-ssh-`)].reduce((sum, pid) => sum + readCpuSeconds(pid), 0);
  const shares: number[] = [];
  try {
    for (let round = 0; round < (settings.long ? 4 : 1); round += 1) {
      const [before, startedMs] = [cpuSeconds(), performance.now()];
      const { things } = await sink.next();
      const failed = things.find(({ facts }) => facts.ssh !== 'ok');
      if (failed !== undefined) throw new Error(`${failed.name}: ${failed.issues.join('; ')}`);
      shares.push(((cpuSeconds() - before) / ((performance.now() - startedMs) / 1000)) * 100);
    }
  } finally {
    for (const pid of findProcesses(`${sshd.folder}/am-ssh-`)) process.kill(pid);
  }
  return {
    what,
    value: spreadOf(shares),
    unit: ' % of a core',
    bound: { of: 'value', better: 'lower', atLeast: 2 },
    note: 'host part, virsh and ssh together; what the guests use themselves is not in it',
  };
}

function assertWhole(round: SampleRound | undefined, domains: number): void {
  if (round?.problem !== null || round.things.length !== domains) {
    throw new Error(
      `a round has ${round?.things.length} domains, ${domains} were generated: ${round?.problem}`,
    );
  }
}

interface HostConfigOptions {
  readonly uri: string;
  readonly intervalMs: number;
  readonly bridgeUrl: string;
  readonly instances?: readonly object[];
}

function writeConfig(
  folder: string,
  { uri, intervalMs, bridgeUrl, instances = [] }: HostConfigOptions,
): string {
  const file = join(folder, 'vms-host.json');
  const config = {
    homes: [],
    import_days: 0,
    follow: false,
    hostname: 'bench',
    bridge_url: bridgeUrl,
    token_file: null,
    vms: { uris: [uri], interval_ms: intervalMs, registry: null, instances },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** @param temporary where it makes its own folders. @default the system's */
function startProgram(
  program: readonly string[],
  config: string,
  path: string,
  temporary?: string,
): Disposable & { readonly pid: number } {
  const child = spawn(process.execPath, [...program, '--config', config], {
    env: { ...process.env, PATH: path, ...(temporary === undefined ? {} : { TMPDIR: temporary }) },
    stdio: 'ignore',
  });
  if (child.pid === undefined) throw new Error('the sampler did not start');
  return { pid: child.pid, [Symbol.dispose]: () => void child.kill() };
}

/** Takes rounds in place of a bridge. */
async function startSink() {
  const rounds: SampleRound[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    rounds.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as SampleRound);
    response.writeHead(202).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rounds,
    /** Waits for the next round. */
    async next(): Promise<SampleRound> {
      const known = rounds.length;
      for (const deadlineMs = Date.now() + 2 * INTERVAL_MS; Date.now() < deadlineMs; ) {
        const round = rounds[known];
        if (round !== undefined) return round;
        await delay(50);
      }
      throw new Error('no round came');
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
