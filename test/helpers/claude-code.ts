/**
 * Runs the real Claude Code, pinned, offline and with a home of its own, against a model API of ours.
 */
import { type ExecFileException, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The version that the fixtures were recorded with. */
export const CLAUDE_CODE_VERSION = '2.1.329';

const execFileAsync = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 120_000;
const KEY_PAUSE_MS = 500;
const START_PAUSE_MS = 1000;

/** Options of {@link runClaude}. */
export interface RunClaudeOptions {
  prompt: string;
  /** Becomes HOME: settings and transcripts (`.claude/projects/`) are written there. */
  home: string;
  cwd: string;
  /** `url` of a model API: where model requests go. */
  modelUrl: string;
  /** Further variables, e.g. {@link telemetryEnv}. Nothing is inherited but PATH. */
  env?: Readonly<Record<string, string>>;
  /** @default ['--allowedTools', 'Bash'] */
  args?: readonly string[];
  /** @default 120000 */
  timeoutMs?: number;
  /** Kills it, as `kill -9` does. */
  signal?: AbortSignal;
}

/** What `--output-format json` prints; fields that the tests look at. */
export interface ClaudeResult {
  session_id: string;
  /** Cumulative over the session when it was resumed. */
  total_cost_usd: number;
  num_turns: number;
  is_error: boolean;
  result?: string;
  usage: {
    input_tokens: number;
    output_tokens: number;
    cache_read_input_tokens: number;
    cache_creation_input_tokens: number;
  };
  modelUsage: Record<
    string,
    {
      inputTokens: number;
      outputTokens: number;
      cacheReadInputTokens: number;
      cacheCreationInputTokens: number;
      costUSD: number;
    }
  >;
  [field: string]: unknown;
}

/** A finished run. */
export interface ClaudeRun {
  /** Undefined where nothing parsable was printed. */
  result: ClaudeResult | undefined;
  exitCode: number;
  stdout: string;
  stderr: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Options of {@link telemetryEnv}. */
export interface TelemetryEnvOptions {
  /** `url` of an OTLP/HTTP receiver. */
  endpoint: string;
  /** @default 'http/json' */
  protocol?: 'http/json' | 'http/protobuf' | 'grpc';
  /** @default true */
  traces?: boolean;
  /** `OTEL_RESOURCE_ATTRIBUTES`. @default { project: 'demo', agent: 'alice' } */
  resource?: Readonly<Record<string, string>>;
  /** `delta` is Claude Code's own default. */
  temporality?: 'delta' | 'cumulative';
}

/** The variables that make Claude Code export its telemetry, with short intervals. */
export function telemetryEnv(options: TelemetryEnvOptions): Record<string, string> {
  const { endpoint, protocol = 'http/json', traces = true, temporality } = options;
  const resource = options.resource ?? { project: 'demo', agent: 'alice' };
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    ...(traces ? { OTEL_TRACES_EXPORTER: 'otlp', CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1' } : {}),
    ...(temporality ? { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality } : {}),
    OTEL_RESOURCE_ATTRIBUTES: Object.entries(resource)
      .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
      .join(','),
    OTEL_METRIC_EXPORT_INTERVAL: '2000',
    OTEL_LOGS_EXPORT_INTERVAL: '1000',
    OTEL_TRACES_EXPORT_INTERVAL: '1000',
  };
}

/**
 * Runs `claude -p PROMPT` to its end.
 *
 * A failed run is a value, not an exception: see `exitCode` and `stderr`.
 */
export async function runClaude(options: RunClaudeOptions): Promise<ClaudeRun> {
  const { prompt, home, cwd, args = ['--allowedTools', 'Bash'], timeoutMs = RUN_TIMEOUT_MS } = options;
  const program = await ensureClaudeCode();
  await Promise.all([mkdir(home, { recursive: true }), mkdir(cwd, { recursive: true })]);
  const startedAtMs = Date.now();
  const finished = await exec(program, ['-p', prompt, ...args, '--output-format', 'json'], {
    cwd,
    timeout: timeoutMs,
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' }),
    env: { ...claudeEnv(home, options.modelUrl), ...options.env },
  });
  return { ...finished, result: parseResult(finished.stdout), startedAtMs, endedAtMs: Date.now() };
}

/** A Claude Code in a terminal of its own. */
export interface InteractiveClaude extends AsyncDisposable {
  /** Types a text and then presses Enter; without `enter`, sends the keys alone, e.g. Escape. */
  type(text: string, options?: { enter?: boolean }): Promise<void>;
  /** Everything that was drawn so far, without colours. */
  screen(): string;
  /** Resolves when it has ended, after `/exit` say. */
  exited: Promise<void>;
  /** Its process id, for signals. */
  pid: number;
}

/**
 * Starts Claude Code as a person would, on a pseudo terminal (needs `script` of util-linux).
 *
 * Only so it asks for titles, compacts on `/compact` and starts a new session on `/clear`.
 */
export async function startClaude(options: Omit<RunClaudeOptions, 'prompt'>): Promise<InteractiveClaude> {
  const { home, cwd, args = ['--allowedTools', 'Bash'] } = options;
  const program = await ensureClaudeCode();
  await Promise.all([mkdir(home, { recursive: true }), mkdir(cwd, { recursive: true })]);
  const settings = join(home, '.claude.json');
  if (!existsSync(settings)) await writeFile(settings, JSON.stringify(acceptedQuestions(cwd)));
  const quoted = [program, ...args].map((part) => `'${part}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty cols 160 rows 50; exec ${quoted}`, '/dev/null'], {
    cwd,
    env: { ...claudeEnv(home, options.modelUrl), TERM: 'xterm-256color', ...options.env },
  });
  let drawn = '';
  child.stdout.on('data', (chunk: Buffer) => {
    drawn += chunk.toString('utf8');
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const type = async (text: string, { enter = true } = {}) => {
    child.stdin.write(text);
    // A text that comes in one piece with its Enter would be taken for a paste.
    await sleep(KEY_PAUSE_MS);
    if (enter) child.stdin.write('\r');
  };
  const stop = async () => {
    child.kill();
    await exited;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences start with one
  const screen = () => drawn.replace(/\x1b\[[0-9;?>=]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>78]/g, ' ');
  while (!/auto mode|shortcuts|\? for help|❯/.test(screen()) && child.exitCode === null) await sleep(100);
  await sleep(START_PAUSE_MS);
  return { type, screen, exited, pid: child.pid ?? -1, [Symbol.asyncDispose]: stop };
}

/** The state of a home whose owner has answered the questions of the first start. */
function acceptedQuestions(cwd: string): Record<string, unknown> {
  return {
    hasCompletedOnboarding: true,
    lastOnboardingVersion: CLAUDE_CODE_VERSION,
    theme: 'dark',
    customApiKeyResponses: { approved: ['dummy'], rejected: [] },
    projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
}

/** The variables that keep Claude Code offline and away from the user's own home. */
export function claudeEnv(home: string, modelUrl: string): Record<string, string> {
  return {
    PATH: nodeFirstPath(),
    HOME: home,
    IS_SANDBOX: '1',
    DISABLE_AUTOUPDATER: '1',
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'dummy',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
}

/** Transcript files below a home: path relative to `.claude/projects/` and text, sorted by path. */
export async function readTranscripts(home: string): Promise<{ path: string; text: string }[]> {
  const root = join(home, '.claude', 'projects');
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

let installed: Promise<string> | undefined;

/**
 * Installs the pinned Claude Code into the test cache unless it is there.
 *
 * @returns the path of the program
 */
export function ensureClaudeCode(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const cache = process.env.AGENT_MONITOR_TEST_CACHE ?? join(homedir(), '.cache', 'agent-monitor-test');
  const target = join(cache, `claude-code-${CLAUDE_CODE_VERSION}`);
  const programIn = (prefix: string) => join(prefix, 'node_modules', '.bin', 'claude');
  if (await answersVersion(programIn(target))) return programIn(target);

  await mkdir(cache, { recursive: true });
  // Into a folder of our own and then renamed, so that test files which start together do no harm.
  const prefix = await mkdtemp(join(cache, 'installing-'));
  try {
    await must('npm', [
      'install',
      `--prefix=${prefix}`,
      '--no-audit',
      '--no-fund',
      '--no-save',
      `@anthropic-ai/claude-code@${CLAUDE_CODE_VERSION}`,
    ]);
    if (!(await answersVersion(programIn(prefix)))) {
      // Where npm does not run install scripts, bin/ holds a stub until this ran.
      await must(process.execPath, [
        join(prefix, 'node_modules', '@anthropic-ai', 'claude-code', 'install.cjs'),
      ]);
    }
    if (!(await answersVersion(programIn(prefix)))) {
      throw new Error(`Cannot install Claude Code ${CLAUDE_CODE_VERSION}: it does not start`);
    }
    await replace(prefix, target, programIn);
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
  return programIn(target);
}

/** Moves an installation to its place, unless another process has put a working one there meanwhile. */
async function replace(from: string, to: string, programIn: (prefix: string) => string): Promise<void> {
  if (await answersVersion(programIn(to))) return;
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await answersVersion(programIn(to)))) throw error;
  }
}

async function answersVersion(program: string): Promise<boolean> {
  if (!existsSync(program)) return false;
  const { stdout } = await exec(program, ['--version'], { timeout: 30_000 });
  return stdout.startsWith(CLAUDE_CODE_VERSION);
}

/** PATH with the Node that runs the tests in front: an older npm-run Node would choose older releases. */
function nodeFirstPath(): string {
  return [dirname(process.execPath), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter);
}

async function must(file: string, args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await exec(file, args, {
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, PATH: nodeFirstPath() },
  });
  if (exitCode === 0) return;
  throw new Error(`Cannot run "${file} ${args.join(' ')}": exit code ${exitCode}\n${stdout}\n${stderr}`);
}

interface ExecOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeout: number;
  signal?: AbortSignal;
  killSignal?: NodeJS.Signals;
}

async function exec(file: string, args: readonly string[], options: ExecOptions) {
  const running = execFileAsync(file, [...args], { ...options, maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.end();
  try {
    return { exitCode: 0, ...(await running) };
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as ExecFileException;
    return { exitCode: typeof code === 'number' ? code : -1, stdout, stderr: stderr || message };
  }
}

function parseResult(stdout: string): ClaudeResult | undefined {
  try {
    return JSON.parse(stdout) as ClaudeResult;
  } catch {
    return undefined;
  }
}
