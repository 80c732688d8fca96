/**
 * Runs the real `monitor` command, built as it is shipped, in a home of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from './free-ports.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A package as `npm pack` and `npm install` leave it: no sources, no node_modules. */
export interface InstalledMonitor extends AsyncDisposable {
  /** Folder of the package. */
  readonly folder: string;
  /** What a user starts. */
  readonly program: string;
}

/** Builds the package into a temporary folder. */
export async function installMonitor(): Promise<InstalledMonitor> {
  const root = await mkdtemp(join(tmpdir(), 'monitor-package-'));
  const folder = join(root, 'node_modules/agent-monitor');
  await mkdir(folder, { recursive: true });
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const build = await runProgram(process.execPath, ['.ci/build.ts', join(folder, 'dist')], { cwd: ROOT });
  if (build.exitCode !== 0) throw new Error(`Cannot build: ${build.stderr}`);
  return {
    folder,
    program: join(folder, 'dist/monitor.mjs'),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** How a program ended. */
export interface FinishedProgram {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** Options of `runProgram` and `MonitorHome.run`. */
export interface RunProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** @default 60000 */
  readonly timeoutMs?: number;
  /** What the program reads from its stdin; nothing unless given. */
  readonly input?: Uint8Array;
  /** Is called with the running process. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a program to its end and collects what it says. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<FinishedProgram> {
  const startedMs = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdin?.end(options.input);
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  options.onStart?.(child);
  // Not `close`: a background process may keep the pipes open.
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { exitCode, stdout, stderr, durationMs: performance.now() - startedMs };
}

/** The document that a verb prints with `--json`. */
export interface JsonDocument<Data> {
  readonly schema: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly fix: readonly string[];
  readonly data: Data;
}

/** A user's home with nothing in it but settings that choose free ports. */
export interface MonitorHome extends AsyncDisposable {
  /** Becomes HOME. */
  readonly home: string;
  readonly ports: { ingest: number; ui: number; otlp_grpc: number; otlp_http: number };
  readonly settingsFile: string;
  /** Writes settings.yaml; the free ports are added. */
  writeSettings(yaml: string): Promise<void>;
  run(args: readonly string[], options?: RunProgramOptions): Promise<FinishedProgram>;
  /** Runs a verb with `--json`. @throws Error when it does not print exactly one document */
  json<Data>(args: readonly string[]): Promise<JsonDocument<Data> & { exitCode: number | null }>;
}

/** Makes a home. Disposing it stops what runs there and removes it. @param folder where; the system's for temporary files */
export async function createMonitorHome(
  monitor: Pick<InstalledMonitor, 'program'>,
  folder = tmpdir(),
): Promise<MonitorHome> {
  const home = await mkdtemp(join(folder, 'monitor-home-'));
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  const ports = { ingest, ui, otlp_grpc, otlp_http };
  const settingsFile = join(home, '.config/agent-monitor/settings.yaml');
  const env = { PATH: process.env.PATH, HOME: home, TZ: 'UTC', NO_COLOR: '1' };
  const run: MonitorHome['run'] = (args, options = {}) =>
    runProgram(process.execPath, [monitor.program, ...args], {
      cwd: home,
      ...options,
      env: { ...env, ...options.env },
    });
  const writeSettings = async (yaml: string): Promise<void> => {
    await mkdir(dirname(settingsFile), { recursive: true });
    await writeFile(settingsFile, `ports: ${JSON.stringify(ports)}\n${yaml}`);
  };
  await writeSettings('');
  await chmod(home, 0o700);
  return {
    home,
    ports,
    settingsFile,
    writeSettings,
    run,
    async json(args) {
      const { stdout, stderr, exitCode } = await run([...args, '--json']);
      try {
        return { ...JSON.parse(stdout), exitCode };
      } catch (error) {
        throw new Error(`monitor ${args.join(' ')}: not one JSON document: ${stdout}${stderr}`, {
          cause: error,
        });
      }
    },
    async [Symbol.asyncDispose]() {
      await run(['down', '--timeout', '20s']);
      await rm(home, { recursive: true, force: true });
    },
  };
}
