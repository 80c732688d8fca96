import { PROVISIONAL_FACTOR } from '../../../projections/merge-fact.ts';
import type { ProjectorContext } from './context.ts';

/** How often it is looked whether the clock was set back, ms. */
const SCAN_MS = 1000;

/**
 * Lets nothing wait for a time that is further away than anything waits: it fell due by a clock that was set back since.
 * It waits as long as if it had just been told.
 */
export function createLateClock(context: ProjectorContext): (nowMs: number) => boolean {
  const { database, store, settings } = context;
  const find = ['facts', 'log_due'].map((table) =>
    database.prepare(`SELECT 1 FROM ${table} WHERE due_ms > ? LIMIT 1`),
  );
  const rearm = ['facts', 'log_due'].map((table) =>
    database.prepare(`UPDATE ${table} SET due_ms = ? WHERE due_ms > ?`),
  );
  let lastScanMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (Math.abs(nowMs - lastScanMs) < SCAN_MS) return false;
    lastScanMs = nowMs;
    const latestMs = nowMs + settings.settleMs * PROVISIONAL_FACTOR;
    if (find.every((statement) => statement.get(latestMs) === undefined)) return false;
    context.atomically(() => {
      for (const statement of rearm) statement.run(nowMs + settings.settleMs, latestMs);
    });
    // What is kept in memory still says the other time.
    store.reset();
    return true;
  };
}
