/** Installs agents from npm into the test cache, pinned, and runs programs to their end. */
import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A program on npm. */
export interface NpmAgent {
  readonly packageName: string;
  readonly version: string;
  /** Name in `node_modules/.bin`. */
  readonly program: string;
}

/** A program that has ended. A failed one is a value, not an exception. */
export interface FinishedProgram {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const installed = new Map<string, Promise<string>>();

/** Installs an agent unless the cache has it. @returns the path of the program */
export function ensureNpmAgent(agent: NpmAgent): Promise<string> {
  const name = `${agent.program}-${agent.version}`;
  const known = installed.get(name) ?? install(agent, name);
  installed.set(name, known);
  return known;
}

async function install({ packageName, version, program }: NpmAgent, name: string): Promise<string> {
  const cache = process.env.AGENT_MONITOR_TEST_CACHE ?? join(homedir(), '.cache', 'agent-monitor-test');
  const target = join(cache, name);
  const programIn = (prefix: string) => join(prefix, 'node_modules', '.bin', program);
  if (existsSync(programIn(target))) return programIn(target);
  await mkdir(cache, { recursive: true });
  // Into a folder of its own and then renamed, so that test files which start together do no harm.
  const prefix = await mkdtemp(join(cache, 'installing-'));
  try {
    const args = ['install', `--prefix=${prefix}`, '--no-audit', '--no-fund', '--no-save'];
    const done = await runProgram('npm', [...args, `${packageName}@${version}`], {
      env: { ...process.env, PATH: nodeFirstPath() },
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
    if (done.exitCode !== 0) throw new Error(`Cannot install ${packageName}@${version}: ${done.stderr}`);
    await rename(prefix, target).catch((error: unknown) => {
      if (!existsSync(programIn(target))) throw error;
    });
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
  return programIn(target);
}

/** How a program is run. */
export interface RunProgramOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Runs a program to its end, without input. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { cwd, env, timeoutMs }: RunProgramOptions,
): Promise<FinishedProgram> {
  const running = execFileAsync(file, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  running.child.stdin?.end();
  try {
    return { exitCode: 0, ...(await running) };
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as ExecFileException;
    return { exitCode: typeof code === 'number' ? code : -1, stdout, stderr: stderr || message };
  }
}

/** PATH with the Node that runs the tests in front: an older npm-run Node would choose older releases. */
export function nodeFirstPath(): string {
  return [dirname(process.execPath), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter);
}
