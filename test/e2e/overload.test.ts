import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { startBridge } from '../helpers/bridge.ts';
import { startEventLoad } from '../helpers/event-load.ts';
import { type FloodOptions, type FloodResult, flood } from '../helpers/flood.ts';
import { watchMemory } from '../helpers/memory-watch.ts';
import { storedNumbers } from '../helpers/stored-events.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const IS_LONG = process.env.AGENT_MONITOR_TEST_LONG === '1';
const OVERLOAD_MS = IS_LONG ? 300_000 : 15_000;
const PEAK_MS = 4000;
const BATCH = 200;
const TIMES_CAPACITY = 5;
const MAX_MEMORY_MIB = 640;
/** Of the peak; the senders, and whatever else there is, compute on the same cores as the bridge. */
const MIN_ACCEPTED_SHARE = 0.4;
const RECOVERED_WITHIN_MS = 10_000;
/**
 * Nineteen of twenty refusals by the clock of their sender, which has the same two cores and, where it cannot keep up with what it
 * sends, is seconds late itself. How prompt the bridge is the modest sender beside it tells.
 */
const REFUSED_WITHIN_MS = OVERLOAD_MS + 15_000;

/** How many events of a flood are in the journal, and how many different ones. */
function stored(path: string, name: string): { rows: number; distinct: number } {
  using reader = new DatabaseSync(path, { readOnly: true });
  const row = reader
    .prepare('SELECT count(*) AS "rows", count(DISTINCT id) AS "distinct" FROM events WHERE id GLOB ?')
    .get(`${name}-*`);
  return { rows: Number(row?.rows), distinct: Number(row?.distinct) };
}

/** Accepted requests a second. */
function acceptedPerSecond({ accepted, durationMs }: FloodResult): number {
  return (accepted.length / durationMs) * 1000;
}

it(
  'under five times what it can take, the bridge refuses promptly, loses nothing and is well at once afterwards',
  async () => {
    await using bridge = await startBridge();
    const pid = bridge.childPid();
    const path = bridge.config.journal_path;
    const flooding = (options: Partial<FloodOptions> & Pick<FloodOptions, 'name'>) =>
      flood({
        url: bridge.ingestUrl,
        connections: 8,
        batch: BATCH,
        requestsPerSecond: null,
        durationMs: PEAK_MS,
        ...options,
      });
    await flooding({ name: 'warm', durationMs: 3000 });
    const peakPerSecond = acceptedPerSecond(await flooding({ name: 'peak' }));
    expect(peakPerSecond).toBeGreaterThan(0);

    using memory = watchMemory(pid);
    const modest = startEventLoad({ url: bridge.ingestUrl, rate: 50, senders: 4, batch: 1, name: 'modest' });
    const over = await flooding({
      name: 'over',
      connections: 600,
      requestsPerSecond: peakPerSecond * TIMES_CAPACITY,
      durationMs: OVERLOAD_MS,
    });
    const endedMs = performance.now();
    const after = startEventLoad({ url: bridge.ingestUrl, rate: 50, senders: 1, batch: 1, name: 'after' });
    await waitUntil(
      () => after.acknowledged.length,
      (count) => count > 10,
    );
    const recoveredMs = performance.now() - endedMs;
    await Promise.all([after.finish(), modest.finish()]);
    const peakMib = memory.takePeakMib();
    const peakAfter = acceptedPerSecond(await flooding({ name: 'last' }));

    const refusedMs = over.refusalMs[Math.floor(over.refusalMs.length * 0.95)];
    process.stdout.write(
      `95 % of the refusals came within ${refusedMs?.toFixed(0)} ms, well again after ${recoveredMs.toFixed(0)} ms\n`,
    );
    expect(over.requests).toBeGreaterThan(over.accepted.length);
    expect(over.statuses['503']).toBeGreaterThan(0);
    expect(Object.keys(over.statuses).sort()).toEqual(['202', '503']);
    expect(over.withoutRetryAfter).toBe(0);
    expect(refusedMs).toBeLessThan(REFUSED_WITHIN_MS);
    expect(acceptedPerSecond(over) / Math.min(peakPerSecond, peakAfter)).toBeGreaterThan(MIN_ACCEPTED_SHARE);
    expect(peakMib).toBeLessThan(MAX_MEMORY_MIB);
    expect(recoveredMs).toBeLessThan(RECOVERED_WITHIN_MS);
    expect(bridge.childPid()).toBe(pid);
    // Who sends little is served as before.
    expect([...modest.statuses.keys()]).toEqual([202]);
    expect(Math.max(...modest.acceptedMs)).toBeLessThan(8000);

    const accepted = over.accepted.length * BATCH;
    expect(stored(path, 'over')).toEqual({ rows: accepted, distinct: accepted });
    expect(storedNumbers(path, 'modest').sort((a, b) => a - b)).toEqual(
      [...modest.acknowledged].sort((a, b) => a - b),
    );
  },
  OVERLOAD_MS + 120_000,
);
