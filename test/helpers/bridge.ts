import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeConfig } from '../../otel-bridge/config.ts';
import { makeBridgeConfig } from './bridge-config.ts';
import { freePorts } from './free-ports.ts';

const PROGRAM = join(import.meta.dirname, '../../otel-bridge/main.ts');

/** The real program, supervisor and all, on free ports and a temporary folder. */
export interface RunningBridge extends AsyncDisposable {
  readonly folder: string;
  readonly config: BridgeConfig;
  /** Base URLs without a slash at the end. */
  readonly ingestUrl: string;
  readonly otlpUrl: string;
  readonly uiUrl: string;
  /** What the program wrote so far. */
  output(): string;
  /** The bridge's own process, the supervisor's child. */
  childPid(): number;
  /** GET on the query API. @throws Error when the answer is not 200 */
  query(path: string): Promise<Record<string, unknown>>;
}

/**
 * Starts the bridge, with short waiting times; `overrides` replace parts of its configuration.
 * @param program what to run in place of otel-bridge/main.ts
 */
export async function startBridge(
  overrides: Partial<BridgeConfig> = {},
  program = PROGRAM,
): Promise<RunningBridge> {
  const folder = await mkdtemp(join(tmpdir(), 'bridge-'));
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  const defaults = makeBridgeConfig(folder, { ingest, ui, otlp_grpc, otlp_http });
  const config: BridgeConfig = {
    ...defaults,
    telemetry: { ...defaults.telemetry, metric_interval_ms: 1000, log_interval_ms: 500 },
    facts: { ...defaults.facts, settle_ms: 3000 },
    ...overrides,
  };
  const configPath = join(folder, 'bridge.json');
  await writeFile(config.token_secret_file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  await writeFile(configPath, JSON.stringify(config));
  let output = '';
  const supervisor: ChildProcess = spawn(process.execPath, [program, 'supervise', '--config', configPath], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  const ingestUrl = `http://127.0.0.1:${ingest}`;
  const bridge: RunningBridge = {
    folder,
    config,
    ingestUrl,
    otlpUrl: `http://127.0.0.1:${otlp_http}`,
    uiUrl: `http://127.0.0.1:${ui}`,
    output: () => output,
    childPid: () =>
      Number(
        /.*"pid":(\d+),.*"msg":"ready"/.exec(
          output.split('\n').findLast((line) => line.includes('"ready"')) ?? '',
        )?.[1],
      ),
    async query(path) {
      const response = await fetch(`http://127.0.0.1:${ui}${path}`);
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      supervisor.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + 15_000;
  while (!(await isReady(ingestUrl))) {
    if (supervisor.exitCode !== null || Date.now() > deadline) {
      await bridge[Symbol.asyncDispose]();
      throw new Error(`The bridge did not start: ${output}`);
    }
    await delay(50);
  }
  return bridge;
}

async function isReady(ingestUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${ingestUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}
