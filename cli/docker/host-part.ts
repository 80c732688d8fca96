import { join } from 'node:path';
import { startDetached, stopDaemon } from '../embedded/daemon.ts';
import { digestProgram } from '../embedded/digest-program.ts';
import { findRunning } from '../embedded/pid-file.ts';
import type { PartStatus, RuntimeOptions } from '../runtime.ts';

/** How long it may take to end. */
const STOP_TIMEOUT_MS = 10_000;

/** The host part beside Docker: one background process that follows transcripts and sends them to the bridge. */
export interface HostPart {
  /** Starts it unless it runs with the same configuration. @returns whether it ran already */
  start(): Promise<boolean>;
  /** @returns whether it ran */
  stop(): Promise<boolean>;
  status(): Promise<PartStatus>;
}

/** See `HostPart`; nothing happens before it is asked to. */
export function createHostPart({ paths, stackDir, env, settings }: RuntimeOptions): HostPart {
  const { hostPidFile, hostConfigFile, hostLogFile } = paths;
  const program = join(stackDir, 'bridge.mjs');
  const isWanted =
    settings.history.follow ||
    settings.history.import !== 'none' ||
    settings.notify.length > 0 ||
    settings.vms.uris.length > 0 ||
    settings.vms.containers;
  return {
    async start() {
      const running = await findRunning(hostPidFile);
      const fingerprint = await digestProgram(program, hostConfigFile);
      if (running !== null && isWanted && running.fingerprint === fingerprint) return true;
      await stopDaemon(hostPidFile, STOP_TIMEOUT_MS);
      if (!isWanted) return true;
      await startDetached({
        command: [process.execPath, program, 'host', '--config', hostConfigFile, '--log-file', hostLogFile],
        env: { ...env },
        pidFile: hostPidFile,
        logFile: hostLogFile,
        fingerprint,
      });
      return false;
    },
    async stop() {
      return (await stopDaemon(hostPidFile, STOP_TIMEOUT_MS)) !== 'not-running';
    },
    async status() {
      const running = await findRunning(hostPidFile);
      if (running !== null) {
        const note = settings.history.follow ? 'follows transcripts' : 'reads transcripts once';
        return { name: 'host', state: 'healthy', url: null, since: running.started_at, note };
      }
      const note = isWanted ? null : 'not wanted (history:, vms: in settings.yaml)';
      return { name: 'host', state: 'stopped', url: null, since: null, note };
    },
  };
}
