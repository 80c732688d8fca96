import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Template } from '../payload/template.ts';

const run = promisify(execFile);
const SOURCES = import.meta.dirname;

/** Durations of requests, milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of what was sent (test/bench/load/send.go). */
export interface LoadResult {
  /** Length of the window that the next four are of. */
  readonly seconds: number;
  readonly requests: number;
  /** Acknowledged items, those that were sent twice included. */
  readonly items: number;
  readonly latencyMs: Percentiles;
  /** Of the whole run: items and requests, each counted once, and bytes of bodies. */
  readonly distinctItems: number;
  readonly distinctRequests: number;
  readonly ackedItems: number;
  readonly ackedBytes: number;
  /** What was answered that is not 2xx, and sent again. */
  readonly refused: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  readonly runSeconds: number;
}

/** What to send, and how. */
export interface LoadOptions {
  readonly url: string;
  /** File of the template, from `writeTemplate`. */
  readonly template: string;
  readonly connections: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Requests a second; without it each connection sends as soon as it has its answer. */
  readonly rate?: number;
  /** Part of the requests that is sent once more. @default 0.05 */
  readonly duplicates?: number;
  /** Ends after so many items rather than after the window. */
  readonly items?: number;
  /** File that gets the ids of acknowledged events. */
  readonly ackedFile?: string;
}

/** An end that the generator sends to, in a process of its own. */
export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** What came to one path of a sink (test/bench/load/sink.go). */
export interface SinkPath {
  readonly requests: number;
  readonly refused: number;
  /** Inflated. */
  readonly bytes: number;
  readonly sentBytes: number;
  readonly records: number;
  /** Log records, equal ones counted once. */
  readonly distinct: number;
}

/** An OTLP back end that counts what it is sent. */
export interface Sink extends Endpoint {
  state(): Promise<Readonly<Record<string, SinkPath>>>;
  /** Answers so from now on. */
  answer(status: 200 | 503): Promise<void>;
}

/** The load generator, built. */
export interface LoadGenerator {
  send(options: LoadOptions): Promise<LoadResult>;
  startSink(): Promise<Sink>;
  /** Something that answers 202 and does nothing else: what the generator can do at most. */
  startDiscard(): Promise<Endpoint>;
}

let seed = Date.now();

/**
 * Builds the generator, where it was not built before.
 * @throws Error when there is no Go, or it does not compile.
 */
export async function buildLoadGenerator(): Promise<LoadGenerator> {
  const program = await build();
  return {
    async send(options) {
      seed += 1;
      const { stdout } = await run(program, ['send', ...toArguments(options), '--seed', String(seed)], {
        maxBuffer: 1 << 24,
      });
      return JSON.parse(stdout) as LoadResult;
    },
    async startSink() {
      const endpoint = await start(program, 'sink');
      return {
        ...endpoint,
        state: async () => (await (await fetch(`${endpoint.url}/state`)).json()) as Record<string, SinkPath>,
        async answer(status) {
          await fetch(`${endpoint.url}/answer?status=${status}`, { method: 'PUT' });
        },
      };
    },
    startDiscard: () => start(program, 'discard'),
  };
}

/** Writes a template where the generator finds it. */
export function writeTemplate(folder: string, name: string, template: Template): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(template));
  return path;
}

function toArguments(options: LoadOptions): string[] {
  const values: Record<string, string | number | undefined> = {
    url: options.url,
    template: options.template,
    connections: options.connections,
    warmup: options.warmupSeconds,
    seconds: options.seconds,
    rate: options.rate,
    duplicates: options.duplicates,
    items: options.items,
    acked: options.ackedFile,
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}

/** Built once per content of the sources, outside the work tree as the engines are. */
async function build(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of globSync('*.{go,mod}', { cwd: SOURCES }).sort())
    hash.update(readFileSync(join(SOURCES, file)));
  const cache = process.env.AGENT_MONITOR_TEST_CACHE ?? join(homedir(), '.cache/agent-monitor-test');
  const program = join(cache, 'bench', `load-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(join(cache, 'bench'), { recursive: true });
  try {
    await run('go', ['build', '-o', program, '.'], { cwd: SOURCES });
  } catch (error) {
    throw new Error(`Cannot build the load generator: install Go 1.26 (${String(error)})`, { cause: error });
  }
  return program;
}

async function start(program: string, command: 'sink' | 'discard'): Promise<Endpoint> {
  const child = spawn(program, [command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const address of createInterface(child.stdout)) {
    return {
      url: `http://${address}`,
      pid: child.pid ?? 0,
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error(`The ${command} of the load generator did not start`);
}
