import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localAddress } from '../bridge-api/local-address.ts';
import { CliError } from '../errors.ts';
import { assertPortsFree } from '../ports/assert-ports-free.ts';
import type { DownReport, PartLogLine, Runtime, RuntimeOptions, UpPlan, UpReport } from '../runtime.ts';
import { followLog, parseLogLine, readLog, sizeOf } from './bridge-log.ts';
import {
  type DaemonOptions,
  type StartedProcess,
  startAttached,
  startDetached,
  stopDaemon,
} from './daemon.ts';
import { digestProgram } from './digest-program.ts';
import { EMBEDDED_PARTS, readParts } from './embedded-parts.ts';
import { readLastLines } from './log-file.ts';
import { findRunning } from './pid-file.ts';
import { probeReady } from './probe-ready.ts';
import { withStartLock } from './start-lock.ts';

/** How often a starting bridge is asked whether it is ready. */
const POLL_MS = 50;

/** How long a stopping bridge may take before it is ended by force. */
const STOP_TIMEOUT_MS = 15_000;

/** How many log lines explain a failed start. */
const EXPLAINING_LINES = 20;

/** The runtime without Docker: one background process, the bridge's supervisor, known by its pid file. */
export function createEmbeddedRuntime(options: RuntimeOptions): Runtime {
  const { paths, settings, packageFiles, signal } = options;
  const configFile = join(options.stackDir, 'bridge.json');
  const ingestUrl = `http://${localAddress(settings.listen[0])}:${settings.ports.ingest}`;

  return {
    name: 'embedded',

    async checkPrerequisites() {
      if (existsSync(packageFiles.bridgeProgram)) return;
      throw new CliError('PREREQUISITE_MISSING', `Cannot find the service "${packageFiles.bridgeProgram}"`, {
        fix: ['npm run build'],
      });
    },

    async up(plan) {
      const begun = await withStartLock(join(paths.stateDir, 'start.lock'), signal, () => begin(plan));
      if (begun.process === null) {
        if (plan.wait) await waitUntilReady(plan, null);
        return report(true);
      }
      if (plan.foreground) return stayInForeground(plan, begun.process);
      try {
        if (plan.wait) await waitUntilReady(plan, begun.process);
      } catch (error) {
        await stopDaemon(paths.bridgePidFile, STOP_TIMEOUT_MS);
        throw error;
      }
      return report(false);
    },

    async down({ deleteData, timeoutMs }): Promise<DownReport> {
      const result = await stopDaemon(paths.bridgePidFile, Math.min(timeoutMs, STOP_TIMEOUT_MS));
      if (result === 'killed') options.output.warn('the bridge did not end in time and was ended by force');
      const data = [dirname(paths.journalFile)];
      if (deleteData) await Promise.all(data.map((folder) => rm(folder, { recursive: true, force: true })));
      return { stopped: result === 'not-running' ? [] : [...EMBEDDED_PARTS], data, deleted: deleteData };
    },

    status: () => readParts(options),

    partNames: () => EMBEDDED_PARTS,

    async *logs({ part, lines, sinceMs, follow }) {
      if (!existsSync(paths.bridgeLogFile)) {
        throw new CliError('NOT_RUNNING', `Cannot read logs: there is no "${paths.bridgeLogFile}" yet`, {
          fix: ['monitor up'],
        });
      }
      const isWanted = (line: PartLogLine): boolean =>
        (part === null || line.part === part) &&
        (sinceMs === null || line.ts === null || Date.parse(line.ts) >= sinceMs);
      // What is written while the past is read belongs to what is followed.
      const endBytes = await sizeOf(paths.bridgeLogFile);
      const past: PartLogLine[] = [];
      for await (const text of readLog(paths.bridgeLogFile, endBytes)) {
        const line = parseLogLine(text, 'bridge');
        if (!isWanted(line)) continue;
        past.push(line);
        if (lines !== null && past.length > lines) past.shift();
      }
      yield* past;
      if (!follow) return;
      for await (const text of followLog(paths.bridgeLogFile, endBytes, signal)) {
        const line = parseLogLine(text, 'bridge');
        if (isWanted(line)) yield line;
      }
    },
  };

  /** Starts the process unless it runs as it should; then there is none to answer. */
  async function begin(plan: UpPlan): Promise<{ process: StartedProcess | null }> {
    const digest = await digestProgram(packageFiles.bridgeProgram, configFile);
    const fingerprint = `${packageFiles.version} ${digest}`;
    const running = await findRunning(paths.bridgePidFile);
    if (running?.fingerprint === fingerprint) {
      if (!plan.foreground) return { process: null };
      throw new CliError(
        'OTHER_OWNER',
        `Cannot stay in the foreground: it runs already, pid ${running.pid}`,
        {
          fix: ['monitor down'],
        },
      );
    }
    if (running !== null) {
      options.output.info('Settings or version have changed: starting again.');
      await stopDaemon(paths.bridgePidFile, STOP_TIMEOUT_MS);
    }
    const { ingest, ui, otlp_grpc, otlp_http } = settings.ports;
    await assertPortsFree({ ingest, ui, otlp_grpc, otlp_http }, settings.listen);
    const supervise = ['supervise', '--config', configFile];
    // In the foreground the output is the terminal's.
    const logFile = plan.foreground ? [] : ['--log-file', paths.bridgeLogFile];
    const daemon: DaemonOptions = {
      command: [process.execPath, packageFiles.bridgeProgram, ...supervise, ...logFile],
      env: { ...options.env },
      pidFile: paths.bridgePidFile,
      logFile: paths.bridgeLogFile,
      fingerprint,
    };
    return { process: await (plan.foreground ? startAttached(daemon) : startDetached(daemon)) };
  }

  async function report(alreadyRunning: boolean): Promise<UpReport> {
    return { alreadyRunning, parts: await readParts(options) };
  }

  /** @throws CliError PART_FAILED, TIMEOUT; the signal's reason when it is aborted */
  async function waitUntilReady(plan: UpPlan, started: StartedProcess | null): Promise<void> {
    const deadlineMs = performance.now() + plan.timeoutMs;
    let ended: number | string | null = null;
    void started?.ended.then((how) => {
      ended = how;
    });
    for (;;) {
      const readiness = await probeReady(ingestUrl);
      if (readiness.state === 'ready' && ended === null) return;
      signal.throwIfAborted();
      if (ended !== null) throw await partFailed(ended);
      if (performance.now() >= deadlineMs) {
        const why = readiness.state === 'ready' ? 'it has ended' : readiness.reason;
        throw new CliError('TIMEOUT', `Cannot start the bridge: it is not ready yet (${why})`, {
          details: await readLastLines(paths.bridgeLogFile, EXPLAINING_LINES),
          fix: ['monitor logs bridge', 'monitor up --timeout 2m'],
        });
      }
      await sleep(POLL_MS);
    }
  }

  async function partFailed(ended: number | string): Promise<CliError> {
    const how = typeof ended === 'number' ? `exit code ${ended}` : ended;
    return new CliError('PART_FAILED', `Cannot start the bridge: it ended with ${how}`, {
      details: await readLastLines(paths.bridgeLogFile, EXPLAINING_LINES),
      fix: ['monitor logs bridge'],
    });
  }

  async function stayInForeground(plan: UpPlan, started: StartedProcess): Promise<UpReport> {
    const stop = (): void => void stopDaemon(paths.bridgePidFile, STOP_TIMEOUT_MS);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await waitUntilReady(plan, started);
      const running = await report(false);
      await plan.onReady?.();
      const ended = await started.ended;
      signal.throwIfAborted();
      if (ended !== 0) throw await partFailed(ended);
      return running;
    } finally {
      signal.removeEventListener('abort', stop);
      await stopDaemon(paths.bridgePidFile, STOP_TIMEOUT_MS);
    }
  }
}
