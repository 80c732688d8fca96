import { setTimeout as sleep } from 'node:timers/promises';
import { connectToBridge } from '../bridge-api/connect.ts';
import { serviceStatusSchema } from '../bridge-api/service-status.ts';
import type { CommandContext } from '../command.ts';

/** How often the bridge is asked. */
const POLL_MS = 100;

/**
 * Waits until the bridge's figures are those of everything that it has taken in so far, or the time is up.
 * @throws CliError as `connectToBridge` does
 */
export async function awaitFigures(context: CommandContext, maxWaitMs: number): Promise<void> {
  const bridge = await connectToBridge(context);
  const deadlineMs = performance.now() + maxWaitMs;
  while (performance.now() < deadlineMs) {
    const { journal } = await bridge.get('Cannot read the status', '/v1/status', {}, serviceStatusSchema);
    if (journal.unprojected_events === 0) return;
    await sleep(POLL_MS, undefined, { signal: context.signal });
  }
}
