/** The real engines as plain programs, for tests that need no containers. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts } from './free-ports.ts';

/** A running engine on the loopback interface, with data of its own; both go when it is disposed. */
export interface RunningEngine extends AsyncDisposable {
  /** Base address without a slash at the end. */
  readonly url: string;
}

/** Where `test/engines/prepare.sh` puts what it built. */
const BIN = join(process.env.AGENT_MONITOR_TEST_CACHE ?? join(homedir(), '.cache/agent-monitor-test'), 'bin');

/**
 * Why tests that need these engines cannot run; null where they can. In CI it is null always: there an engine that
 * is missing is a failure.
 */
export function missingEngines(...names: readonly string[]): string | null {
  const missing = names.filter((name) => !existsSync(enginePath(name)));
  if (missing.length === 0 || process.env.CI !== undefined) return null;
  return `${missing.join(', ')} not built: run test/engines/prepare.sh`;
}

/** Path of an engine's program. */
export function enginePath(name: string): string {
  return join(BIN, name);
}

/** What may differ from the generated stack. */
export interface PrometheusOptions {
  /** `--enable-feature`. @default none */
  readonly features?: readonly string[];
}

/** Starts Prometheus with the configuration of the generated stack; it takes OTLP and scrapes nothing. */
export function startPrometheus({ features = [] }: PrometheusOptions = {}): Promise<RunningEngine> {
  return start('prometheus', '/-/ready', ({ folder, port }) => {
    const { otlp, storage } = template('prometheus.yaml');
    const config = join(folder, 'prometheus.yaml');
    writeFileSync(config, stringify({ otlp, storage }));
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-otlp-receiver',
      ...(features.length === 0 ? [] : [`--enable-feature=${features.join(',')}`]),
    ];
  });
}

/** Starts Loki with the configuration of the generated stack, but for its addresses and folders. */
export function startLoki(): Promise<RunningEngine> {
  return start('loki', '/ready', async ({ folder, port }) => {
    const settings = template('loki.yaml');
    const config = join(folder, 'loki.yaml');
    writeFileSync(
      config,
      stringify({
        ...settings,
        server: {
          ...settings.server,
          http_listen_address: '127.0.0.1',
          http_listen_port: port,
          grpc_listen_address: '127.0.0.1',
          grpc_listen_port: (await freePorts(1))[0],
        },
        common: {
          ...settings.common,
          path_prefix: folder,
          storage: {
            filesystem: {
              chunks_directory: join(folder, 'chunks'),
              rules_directory: join(folder, 'rules'),
            },
          },
        },
        // It listens on the loopback interface alone, and would tell its own parts another address.
        frontend: { ...settings.frontend, address: '127.0.0.1' },
        ruler: { wal: { dir: join(folder, 'ruler-wal') } },
        compactor: { ...settings.compactor, working_directory: join(folder, 'compactor') },
      }),
    );
    return [`--config.file=${config}`];
  });
}

/** What the templates leave to settings, as the settings' defaults have it. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  retention_metrics: '720h',
  retention_metrics_size: '5GB',
  retention_logs: '720h',
  retention_agent_logs: '168h',
  loki_max_chunk_age: '1440h',
};

/** Sections of a template of the generated stack. */
function template(name: string): Record<string, Record<string, unknown>> {
  const text = readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8');
  return parse(text.replaceAll(/<(\w+)>/g, (_, key: string) => PLACEHOLDERS[key] ?? '0')) as Record<
    string,
    Record<string, unknown>
  >;
}

interface Place {
  readonly folder: string;
  readonly port: number;
}

async function start(
  name: string,
  readyPath: string,
  prepare: (place: Place) => string[] | Promise<string[]>,
): Promise<RunningEngine> {
  const folder = mkdtempSync(join(tmpdir(), `agent-monitor-${name}-`));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(enginePath(name), await prepare({ folder, port }), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
    child.once('exit', (code) => {
      failure ??= new Error(`exit code ${code}`);
      resolve();
    });
  });
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadlineMs = Date.now() + 60_000;
  while (!(await answers(`${url}${readyPath}`))) {
    if (failure !== undefined || Date.now() > deadlineMs) {
      await dispose();
      throw new Error(
        `Cannot start ${name}: ${failure?.message ?? 'not ready after 60 s'}. It wrote:\n${output}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, [Symbol.asyncDispose]: dispose };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
