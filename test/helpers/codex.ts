/**
 * Runs the real Codex, pinned, offline and with a home of its own, against a Responses API of ours.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ensureNpmAgent, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the fixtures were recorded with. */
export const CODEX_VERSION = '0.169.0';
/** A model that price lists know, and that calls tools one by one. */
export const CODEX_MODEL = 'gpt-5.1-codex';
/** A model that price lists know, and that writes scripts which call tools. */
export const CODEX_SCRIPT_MODEL = 'gpt-6-sol';

const RUN_TIMEOUT_MS = 120_000;

/** Options of {@link runCodex}. */
export interface RunCodexOptions {
  /** Becomes HOME: `.codex/config.toml` and `.codex/sessions/` are written there. */
  home: string;
  cwd: string;
  /** What follows `codex exec`: a prompt, or `resume <thread> <prompt>`. */
  args: readonly string[];
  /** `url` of a Responses API. */
  modelUrl: string;
  /** @default CODEX_MODEL */
  model?: string;
  /** Where its telemetry goes, base URL of OTLP over HTTP; undefined = nowhere. */
  otlpUrl?: string | undefined;
  /** Whether its internal spans are exported too. @default false */
  traces?: boolean;
  /** Lines of config.toml before the first table. */
  settings?: string;
  /** Tables of config.toml, e.g. MCP servers. */
  tables?: string;
  /** Further variables, e.g. OTEL_RESOURCE_ATTRIBUTES. Nothing is inherited but PATH. */
  env?: Readonly<Record<string, string>>;
  /** It is ended by a signal after this time. @default 120000 */
  timeoutMs?: number;
  /** Before `exec`. @default [] */
  options?: readonly string[];
}

/** A finished run. */
export interface CodexRun {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The thread that it worked in; empty where none is told. */
  threadId: string;
}

/** Runs `codex exec` to its end. A failed run is a value, not an exception: see `exitCode` and `stderr`. */
export async function runCodex(options: RunCodexOptions): Promise<CodexRun> {
  const { home, cwd } = options;
  const program = await ensureCodex();
  await writeCodexSettings(options);
  const args = [...(options.options ?? []), 'exec', '--skip-git-repo-check', '-C', cwd, ...options.args];
  const finished = await runProgram(program, args, {
    cwd,
    timeoutMs: options.timeoutMs ?? RUN_TIMEOUT_MS,
    env: { PATH: nodeFirstPath(), HOME: home, LOOPBACK_KEY: 'dummy', ...options.env },
  });
  return { ...finished, threadId: /^session id: (\S+)$/m.exec(finished.stderr)?.[1] ?? '' };
}

/** Makes the folders of a run and writes its config.toml. */
export async function writeCodexSettings(options: Omit<RunCodexOptions, 'args'>): Promise<void> {
  const { home, cwd } = options;
  await Promise.all([mkdir(join(home, '.codex'), { recursive: true }), mkdir(cwd, { recursive: true })]);
  // Written whole and renamed: other runs read it meanwhile.
  const draft = join(home, '.codex', `config-${crypto.randomUUID()}.toml`);
  await writeFile(draft, configToml(options));
  await rename(draft, join(home, '.codex', 'config.toml'));
}

function configToml({
  model = CODEX_MODEL,
  modelUrl,
  otlpUrl,
  traces = false,
  settings = '',
  tables = '',
}: Omit<RunCodexOptions, 'args'>): string {
  const exporter = (signal: string): string =>
    `{ otlp-http = { endpoint = "${otlpUrl}/v1/${signal}", protocol = "json" } }`;
  const otel = [
    '[otel]',
    `exporter = ${exporter('logs')}`,
    `metrics_exporter = ${exporter('metrics')}`,
    ...(traces ? [`trace_exporter = ${exporter('traces')}`] : []),
  ];
  return [
    `model = "${model}"`,
    'model_provider = "loopback"',
    settings,
    '[model_providers.loopback]',
    'name = "loopback"',
    `base_url = "${modelUrl}/v1"`,
    'env_key = "LOOPBACK_KEY"',
    'wire_api = "responses"',
    ...(otlpUrl === undefined ? ['[otel]', 'metrics_exporter = "none"'] : otel),
    tables,
    '',
  ].join('\n');
}

/** Transcript files below a home: path relative to `.codex/sessions/` and text, sorted by path. */
export async function readRollouts(home: string): Promise<{ path: string; text: string }[]> {
  const root = join(home, '.codex', 'sessions');
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

/** Installs the pinned Codex into the test cache unless it is there. @returns the path of the program */
export function ensureCodex(): Promise<string> {
  return ensureNpmAgent({ packageName: '@openai/codex', version: CODEX_VERSION, program: 'codex' });
}
