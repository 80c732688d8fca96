/** The real Collector with the configuration of the generated stack, as a plain program that a test kills and starts again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { enginePath } from './engines.ts';
import { freePorts } from './free-ports.ts';
import { waitUntil } from './wait-until.ts';

/** A Collector in front of one back end. */
export interface Collector extends AsyncDisposable {
  /** Where it takes what the bridge says itself. */
  readonly url: string;
  /** Where it takes agents' own OTLP. */
  readonly rawUrl: string;
  /** Starts it, after it was killed, and waits until it is healthy. */
  start(): Promise<void>;
  /** Ends it as the kernel would. */
  kill(): Promise<void>;
  /** It keeps its connections and does nothing, until `resume`. */
  pause(): void;
  resume(): void;
}

interface Config {
  extensions: { health_check: { endpoint: string } };
  receivers: Record<string, { protocols: { http: { endpoint: string } } }>;
  processors: Record<string, object>;
  exporters: Record<string, { endpoint: string }>;
  service: { telemetry: { metrics: object } };
}

/** Starts a Collector whose stores are all one back end, at `storeUrl`. */
export async function startCollector(storeUrl: string): Promise<Collector> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-collector-'));
  const [own = 0, raw = 0, health = 0, scrape = 0] = await freePorts(4);
  const file = join(folder, 'otel-config.yaml');
  writeFileSync(file, configuration(storeUrl, { own, raw, health, scrape }));
  let child: ChildProcess | null = null;
  let output = '';

  const collector: Collector = {
    url: `http://127.0.0.1:${own}`,
    rawUrl: `http://127.0.0.1:${raw}`,
    async start() {
      child = spawn(enginePath('otelcol-contrib'), [`--config=${file}`], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString('utf8')).slice(-5000);
      });
      const isHealthy = async (): Promise<boolean> => {
        try {
          return (await fetch(`http://127.0.0.1:${health}/`)).ok;
        } catch {
          // Not listening yet.
          return false;
        }
      };
      await waitUntil(isHealthy, Boolean).catch(() => {
        throw new Error(`The Collector did not start. It wrote:\n${output}`);
      });
    },
    async kill() {
      const ending = child;
      child = null;
      if (ending === null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL');
      await ended;
    },
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await collector.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await collector.start();
  return collector;
}

function configuration(
  storeUrl: string,
  ports: { readonly own: number; readonly raw: number; readonly health: number; readonly scrape: number },
): string {
  const template = readFileSync(new URL('../../templates/otel-config.yaml', import.meta.url), 'utf8');
  const config = parse(template) as Config;
  const on = (port: number): string => `127.0.0.1:${port}`;
  config.extensions.health_check.endpoint = on(ports.health);
  for (const [name, { protocols }] of Object.entries(config.receivers))
    protocols.http.endpoint = on(name === 'otlp/raw' ? ports.raw : ports.own);
  config.processors.memory_limiter = { check_interval: '1s', limit_mib: 512, spike_limit_mib: 128 };
  for (const [name, exporter] of Object.entries(config.exporters))
    exporter.endpoint = name.startsWith('otlp_http/') ? storeUrl : on(ports.scrape);
  config.service.telemetry.metrics = { level: 'none' };
  return stringify(config);
}
