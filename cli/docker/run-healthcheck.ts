import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { ProbeAnswer } from './probe-answer.ts';

const POLL_MS = 50;
const TIMEOUT_MS = 5_000;

/**
 * Runs a container's own health check now. Docker itself runs it every 30 s only, the first time after 30 s.
 * For parts that publish no port and so cannot be asked from outside.
 */
export async function runHealthcheck(client: Docker, containerId: string): Promise<ProbeAnswer> {
  try {
    const container = client.getContainer(containerId);
    const { Config: config } = await container.inspect();
    const command = commandOf(config.Healthcheck?.Test ?? []);
    if (command === null) return { isReady: true };
    const run = await container.exec({ Cmd: [...command], AttachStdout: false, AttachStderr: false });
    const ignored = await run.start({ Detach: true });
    // An answer that nobody reads would keep this process alive.
    ignored.resume();
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      const { Running: isRunning, ExitCode: exitCode } = await run.inspect();
      if (!isRunning && exitCode !== null) {
        return exitCode === 0 ? { isReady: true } : { isReady: false, reason: 'its own health check fails' };
      }
      await sleep(POLL_MS);
    }
    return { isReady: false, reason: 'its own health check does not end' };
  } catch (error) {
    // A container that ends meanwhile; whoever watches containers says why.
    return { isReady: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** `HEALTHCHECK` as an image or Compose gives it; null where there is none. */
function commandOf([kind, ...words]: readonly string[]): readonly string[] | null {
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : null;
}
