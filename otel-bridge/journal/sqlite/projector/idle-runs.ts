import { endImplicitRun } from '../../../projections/implied-end.ts';
import type { ProjectorContext } from './context.ts';

/** The most runs of one step. */
const STEP_RUNS = 256;
/** How often idle runs are looked for. */
const SCAN_MS = 5000;

/**
 * Ends runs whose agent never says that one ended, once their session is silent. What is told of the past comes in pieces:
 * the rest of it is waited for.
 */
export function createIdleRunEnding(context: ProjectorContext): (nowMs: number) => boolean {
  const { database, store, settings } = context;
  const selectIdle = database.prepare(
    `SELECT f.* FROM facts f JOIN sessions s ON s.id = f.session_id
     WHERE f.kind = 'run' AND f.state = 'open' AND f.end_ms IS NULL AND f.data ->> 'implicit_end' = 1
       AND (s.last_ms < ? OR s.ended_ms IS NOT NULL) AND f.first_received_ms <= ? LIMIT ${STEP_RUNS}`,
  );
  let lastScanMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (Math.abs(nowMs - lastScanMs) < SCAN_MS) return false;
    lastScanMs = nowMs;
    const ended = selectIdle.all(nowMs - settings.idleEndMs, nowMs - settings.settleMs).flatMap((row) => {
      const run = store.load(row);
      const session = run.sessionId === null ? undefined : store.session(run.sessionId);
      if (session === undefined) return [];
      return endImplicitRun(run, Math.max(session.lastMs, run.startMs ?? 0), nowMs, settings) ?? [];
    });
    if (ended.length === 0) return false;
    context.atomically(() => {
      for (const run of ended) store.putFact(run);
    });
    return true;
  };
}
