import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRunning, type ProcessRecord, removePidFile, writePidFile } from './pid-file.ts';
import { processIdentity } from './process-identity.ts';

/** How often a stopping process is looked at. */
const POLL_MS = 50;

/** A program that runs in the background, known by its pid file. */
export interface DaemonOptions {
  /** Program and arguments; the first is an absolute path. */
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** Where pid and start time are kept. */
  readonly pidFile: string;
  /** Where its output is appended. */
  readonly logFile: string;
  /** Tells what is started, see `ProcessRecord`. */
  readonly fingerprint: string;
}

/** A process that was started. */
export interface StartedProcess {
  readonly record: ProcessRecord;
  /** Resolves when it ends, with its exit code or signal's name. */
  readonly ended: Promise<number | string>;
}

/**
 * Starts the program in a session of its own, so that it outlives this process and its terminal.
 * The caller has made sure that it does not run yet.
 */
export async function startDetached(options: DaemonOptions): Promise<StartedProcess> {
  await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const [program, ...args] = options.command;
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: options.env,
      cwd: '/',
      windowsHide: true,
    });
    const started = await recordProcess(child, options);
    child.unref();
    return started;
  } finally {
    await log.close();
  }
}

/** Starts the program in this process's terminal; it gets this process's input and output. */
export function startAttached(options: DaemonOptions): Promise<StartedProcess> {
  const [program, ...args] = options.command;
  return recordProcess(spawn(program, args, { stdio: 'inherit', env: options.env }), options);
}

/** How a stop went. `killed`: it did not end in time and was ended by force. */
export type StopResult = 'stopped' | 'killed' | 'not-running';

/**
 * Ends the program: SIGTERM, and SIGKILL to its whole process group when it has not ended after `timeoutMs`.
 * Removes the pid file.
 */
export async function stopDaemon(pidFile: string, timeoutMs: number): Promise<StopResult> {
  const running = await findRunning(pidFile);
  if (running === null) {
    await removePidFile(pidFile);
    return 'not-running';
  }
  sendSignal(running.pid, 'SIGTERM');
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    await sleep(POLL_MS);
    if ((await processIdentity(running.pid)) !== running.identity) {
      await removePidFile(pidFile);
      return 'stopped';
    }
  }
  // A detached program leads its group, so its children end too. An attached one shares ours: only itself then.
  if (!sendSignal(-running.pid, 'SIGKILL')) sendSignal(running.pid, 'SIGKILL');
  await removePidFile(pidFile);
  return 'killed';
}

async function recordProcess(child: ChildProcess, options: DaemonOptions): Promise<StartedProcess> {
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const record: ProcessRecord = {
    pid,
    // A program that has ended already has no identity left and will not be found running.
    identity: (await processIdentity(pid)) ?? 'ended',
    started_at: new Date().toISOString(),
    fingerprint: options.fingerprint,
  };
  await writePidFile(options.pidFile, record);
  return { record, ended };
}

/** False where no such process or group exists. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
