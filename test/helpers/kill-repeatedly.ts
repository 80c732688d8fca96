import type { RunningBridge } from './bridge.ts';
import { waitUntil } from './wait-until.ts';

/** How long a bridge may take to come back on a busy machine. */
const RESTART_MS = 30_000;

/** Kills the bridge's process that many times, each time when it is ready again. */
export async function killRepeatedly(
  running: RunningBridge,
  times: number,
  intervalMs: number,
): Promise<void> {
  let killedPid = Number.NaN;
  for (let count = 0; count < times; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    const last = killedPid;
    killedPid = await waitUntil(
      () => running.childPid(),
      (pid) => pid !== last,
      RESTART_MS,
    );
    process.kill(killedPid, 'SIGKILL');
  }
  await waitUntil(
    () => running.childPid(),
    (pid) => pid !== killedPid,
    RESTART_MS,
  );
}
