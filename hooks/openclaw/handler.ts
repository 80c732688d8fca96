import { mapHookEvent, type OpenRuns } from './map-hook-event.ts';
import { readOpenClawConfig } from './openclaw-config.ts';
import { createOpenClawSender } from './openclaw-sender.ts';
import { toldOf } from './told.ts';

/* The handler of OpenClaw's hook folder: bundled to handler.js beside HOOK.md. */

const config = readOpenClawConfig(new URL('./config.json', import.meta.url), process.env);
let complained = false;
const sender = createOpenClawSender(config, (error) => {
  // Once: a bridge that is away must not fill the gateway's log.
  if (!complained) process.emitWarning(`agent-monitor: ${error.message}`);
  complained = true;
});
const runs: OpenRuns = new Map();

/** Called by OpenClaw with every event that HOOK.md names. Never throws; waits only while the gateway shuts down. */
export default async function handler(event: unknown): Promise<void> {
  const told = toldOf(event);
  const { timestamp } = told;
  const tsMs =
    timestamp instanceof Date && !Number.isNaN(timestamp.getTime()) ? timestamp.getTime() : Date.now();
  sender.tell(mapHookEvent(told, runs), tsMs);
  if (told.type === 'gateway' && told.action !== 'startup') await sender.flush();
}
