import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from './free-ports.ts';
import {
  createMonitorHome,
  type FinishedProgram,
  type InstalledMonitor,
  type MonitorHome,
  runProgram,
} from './monitor.ts';

const CACHE = process.env.AGENT_MONITOR_TEST_CACHE ?? join(homedir(), '.cache/agent-monitor-test');
const UP_TIMEOUT_MS = 180_000;

/** Ports of a stack by their names in settings.yaml. */
export type StackPorts = Readonly<
  Record<
    | 'ingest'
    | 'ui'
    | 'otlp_grpc'
    | 'otlp_http'
    | 'collector_health'
    | 'prometheus'
    | 'loki'
    | 'jaeger'
    | 'grafana',
    number
  >
>;

/** The generated stack, brought up by `monitor up` in Docker, with the engines that the tests built. */
export interface RunningStack extends AsyncDisposable {
  readonly home: MonitorHome;
  readonly ports: StackPorts;
  /** Name of the Compose project. */
  readonly project: string;
  /** How `monitor up` ended. */
  readonly up: FinishedProgram;
  /** Runs `monitor` and fails the test when it does not end with 0. */
  monitor(...args: string[]): Promise<string>;
  /** `docker` with these arguments; `$SERVICE` names a container of the stack. */
  docker(...args: string[]): Promise<string>;
  /** Variables that `monitor env claude-code` prints. */
  claudeEnv(project: string, agent: string): Promise<Record<string, string>>;
  /** Instant PromQL query: labels and value of each series. */
  prometheus(query: string, atMs?: number): Promise<PrometheusSample[]>;
  /** LogQL query over a range: entries with their labels, oldest first. */
  loki(query: string, fromMs: number, toMs?: number): Promise<LokiEntry[]>;
  /** Traces of a service of the last hour, as Jaeger's API gives them. */
  jaeger(service: string): Promise<JaegerTrace[]>;
  /** Posts agentmon envelopes with the token of a sender. */
  post(
    events: readonly unknown[],
    sender: { readonly project: string; readonly agent: string },
  ): Promise<{ status: number; body: { accepted: number; duplicates: number } }>;
}

/** One sample of an instant query. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One log record as Loki gives it. */
export interface LokiEntry {
  readonly timeNano: bigint;
  readonly line: string;
  /** Index labels and structured metadata. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The part of Jaeger's trace that tests look at. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly {
    readonly spanID: string;
    readonly operationName: string;
    readonly references: readonly { readonly spanID: string }[];
    readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  }[];
}

/** Images that `test/engines/prepare.sh` made. */
export function testImages(): Record<string, string> {
  return JSON.parse(readFileSync(join(CACHE, 'images.json'), 'utf8')) as Record<string, string>;
}

/** Writes settings with free ports and the tests' images, and runs `monitor up --runtime docker`. */
export async function startStack(
  monitor: InstalledMonitor,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<RunningStack> {
  const home = await createMonitorHome(monitor);
  const [
    ingest = 0,
    ui = 0,
    otlp_grpc = 0,
    otlp_http = 0,
    health = 0,
    prometheus = 0,
    loki = 0,
    jaeger = 0,
    grafana = 0,
  ] = await freePorts(9);
  const ports: StackPorts = {
    ingest,
    ui,
    otlp_grpc,
    otlp_http,
    collector_health: health,
    prometheus,
    loki,
    jaeger,
    grafana,
  };
  const document = { runtime: 'docker', ports, images: testImages(), parts: { grafana: false }, ...settings };
  await mkdir(dirname(home.settingsFile), { recursive: true });
  await writeFile(home.settingsFile, stringify(document));
  // Compose's plugin and Docker's context are those of the user who runs the tests.
  const env = { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), '.docker') };
  const run = (args: readonly string[]): Promise<FinishedProgram> =>
    home.run(args, { env, timeoutMs: UP_TIMEOUT_MS });
  const up = await run(['up', '--timeout', '120s', '--pull', 'never']);
  const composeFile = join(home.home, '.local/share/agent-monitor/stack/compose.yaml');
  const projectOf = (): string => /^name: *"?([\w-]+)/m.exec(readFileSync(composeFile, 'utf8'))?.[1] ?? '';

  const stack: RunningStack = {
    home,
    ports,
    get project() {
      return projectOf();
    },
    up,
    async monitor(...args) {
      const result = await run(args);
      if (result.exitCode !== 0)
        throw new Error(`monitor ${args.join(' ')}: ${result.exitCode}\n${result.stdout}${result.stderr}`);
      return result.stdout;
    },
    async docker(...args) {
      const named = args.map((arg) => (arg.startsWith('$') ? `${projectOf()}-${arg.slice(1)}-1` : arg));
      const result = await runProgram('docker', named);
      if (result.exitCode !== 0) throw new Error(`docker ${named.join(' ')}: ${result.stderr}`);
      return result.stdout;
    },
    async claudeEnv(project, agent) {
      const text = await this.monitor(
        'env',
        'claude-code',
        '--project',
        project,
        '--agent-name',
        agent,
        '--format',
        'json',
      );
      return JSON.parse(text) as Record<string, string>;
    },
    async prometheus(query, atMs) {
      const parameters = new URLSearchParams({
        query,
        ...(atMs === undefined ? {} : { time: String(atMs / 1000) }),
      });
      const { data } = await getJson<{
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      }>(`http://127.0.0.1:${prometheus}/api/v1/query?${parameters}`);
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async loki(query, fromMs, toMs = Date.now() + 600_000) {
      const parameters = new URLSearchParams({
        query,
        start: `${fromMs}000000`,
        end: `${toMs}000000`,
        limit: '5000',
        direction: 'forward',
      });
      const { data } = await getJson<{
        data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
      }>(`http://127.0.0.1:${loki}/loki/api/v1/query_range?${parameters}`);
      return data.result
        .flatMap(({ stream, values }) =>
          values.map(([time, line]) => ({ timeNano: BigInt(time), line, labels: stream })),
        )
        .sort((a, b) => (a.timeNano < b.timeNano ? -1 : 1));
    },
    async jaeger(service) {
      const { data } = await getJson<{ data: JaegerTrace[] }>(
        `http://127.0.0.1:${jaeger}/api/traces?${new URLSearchParams({ service, limit: '1000', lookback: '1h' })}`,
      );
      return data;
    },
    async post(events, { project, agent }) {
      const headers = sendHeaders(await this.claudeEnv(project, agent));
      const response = await fetch(`http://127.0.0.1:${ingest}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(events),
      });
      return {
        status: response.status,
        body: (await response.json()) as { accepted: number; duplicates: number },
      };
    },
    async [Symbol.asyncDispose]() {
      await run(['down', '--volumes', '--yes']);
      await home[Symbol.asyncDispose]();
    },
  };
  return stack;
}

/** The headers that an agent sends along, from the variables that `monitor env` prints. */
export function sendHeaders(env: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = (env.OTEL_EXPORTER_OTLP_HEADERS ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
