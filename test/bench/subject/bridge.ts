import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeConfig } from '../../../otel-bridge/config.ts';
import { makeBridgeConfig } from '../../helpers/bridge-config.ts';
import { freePorts } from '../../helpers/free-ports.ts';
import { readParentPid } from '../measure/processes.ts';

/** The built bridge, supervisor and all, with the settings that users have by default. */
export interface MeasuredBridge extends AsyncDisposable {
  readonly ingestUrl: string;
  readonly otlpUrl: string;
  readonly journalPath: string;
  /** Both processes: the supervisor, and the bridge that it started. */
  readonly pids: { readonly supervisor: number; readonly bridge: number };
  /** From the start of the supervisor to its first answer that it is ready, milliseconds. */
  readonly readyMs: number;
  /** Stops as `monitor down` does, and keeps the journal. */
  stop(): Promise<void>;
}

/** How to start a bridge. */
export interface BridgeOptions {
  /** Where its folder is made. */
  readonly folder: string;
  /** The built program. */
  readonly program: string;
  /** Base URL of a sink that takes all signals; null = no back ends, as in the embedded runtime. */
  readonly sinkUrl: string | null;
  /** A journal that is there already. */
  readonly journalPath?: string;
  /** Puts a command in front of the program, for tracing it. */
  readonly wrapper?: readonly string[];
  /** How long facts wait before they are counted. @default that of the settings */
  readonly settleMs?: number;
}

/** Starts the bridge and waits until it is ready. */
export async function startMeasuredBridge(options: BridgeOptions): Promise<MeasuredBridge> {
  const folder = await mkdtemp(join(options.folder, 'bridge-'));
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  const config = bridgeConfig(options, folder, { ingest, ui, otlp_grpc, otlp_http });
  const configPath = join(folder, 'bridge.json');
  await writeFile(config.token_secret_file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  await writeFile(configPath, JSON.stringify(config));

  const [command = '', ...rest] = [
    ...(options.wrapper ?? []),
    process.execPath,
    ...programArguments(),
    options.program,
    ...['supervise', '--config', configPath],
  ];
  const startedMs = performance.now();
  const child: ChildProcess = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-100_000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ingestUrl = `http://127.0.0.1:${ingest}`;
  const pidOf = (): string | undefined => /"pid":(\d+),[^\n]*"msg":"ready"/.exec(output)?.[1];
  while (!(await isReady(ingestUrl)) || pidOf() === undefined) {
    if (child.exitCode !== null || performance.now() - startedMs > 600_000) {
      child.kill('SIGKILL');
      throw new Error(`The bridge did not start: ${output}`);
    }
    await delay(5);
  }
  const readyMs = performance.now() - startedMs;
  const bridgePid = Number(pidOf());
  // Not the child itself, which may be a tracer that hears no signals.
  const supervisorPid = readParentPid(bridgePid);
  const stop = async (): Promise<void> => {
    process.kill(supervisorPid, 'SIGTERM');
    await ended;
  };
  return {
    ingestUrl,
    otlpUrl: `http://127.0.0.1:${otlp_http}`,
    journalPath: config.journal_path,
    pids: { supervisor: supervisorPid, bridge: bridgePid },
    readyMs,
    stop,
    async [Symbol.asyncDispose]() {
      // Not gently: what is still to be projected would keep it busy, and nobody looks at this journal again.
      if (child.exitCode === null) {
        for (const pid of [supervisorPid, bridgePid])
          if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
      }
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** `BENCH_NODE_ARGS`, for profiling: given to supervisor and bridge alike. */
function programArguments(): string[] {
  return (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((argument) => argument !== '');
}

function bridgeConfig(options: BridgeOptions, folder: string, ports: BridgeConfig['ports']): BridgeConfig {
  const { sinkUrl } = options;
  const defaults = makeBridgeConfig(folder, ports);
  const target = {
    name: 'sink',
    endpoint: sinkUrl,
    raw_endpoint: `${sinkUrl}/raw`,
    signals: ['logs', 'metrics', 'traces'],
    headers: {},
  } satisfies BridgeConfig['targets'][number];
  return {
    ...defaults,
    runtime: sinkUrl === null ? 'embedded' : 'docker',
    journal_path: options.journalPath ?? defaults.journal_path,
    targets: sinkUrl === null ? [] : [target],
    telemetry: { ...defaults.telemetry, self: true },
    facts: { ...defaults.facts, settle_ms: options.settleMs ?? defaults.facts.settle_ms },
  };
}

async function isReady(ingestUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${ingestUrl}/readyz`)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
