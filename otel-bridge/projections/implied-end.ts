import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { FactPatch } from './fact-patch.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';

/**
 * Says where a run stands among the others of its session when its beginning is told: it ends the one before it, and the
 * one after it ends it, in whatever order they are told.
 * @returns when it ended, unix ms; null where none came after it
 */
export function placeRun(
  { key, startMs }: Pick<FactPatch, 'key'> & { readonly startMs: number },
  { correlation: { sessionId }, receivedMs }: Pick<JournalEvent, 'correlation' | 'receivedMs'>,
  store: Pick<ProjectionStore, 'lastRun' | 'runsAround' | 'putFact'>,
  settings: Pick<ProjectionSettings, 'settleMs'>,
): number | null {
  const last = sessionId === undefined ? undefined : store.lastRun(sessionId);
  if (sessionId === undefined || last === undefined || last.key === key) return null;
  const isLast = (last.startMs ?? startMs) <= startMs;
  const { before, after } = isLast
    ? { before: last, after: undefined }
    : store.runsAround(sessionId, startMs);
  const ended = before === undefined ? null : endImplicitRun(before, startMs, receivedMs, settings);
  if (ended !== null) store.putFact(ended);
  return after?.startMs ?? null;
}

/**
 * A run without an end of its own, ended at `endMs`; null where the run has an end by then, where its agent must say it,
 * or where it is counted.
 */
export function endImplicitRun(
  run: Fact,
  endMs: number,
  nowMs: number,
  settings: Pick<ProjectionSettings, 'settleMs'>,
): Fact | null {
  const { startMs, data, state } = run;
  if (data.implicit_end !== true || state === 'counted' || startMs === null || endMs < startMs) return null;
  if (run.endMs !== null && (isSaid(run) || endMs >= run.endMs)) return null;
  return {
    ...run,
    endMs,
    durationMs: endMs - startMs,
    outcome: run.outcome === 'unknown' ? 'success' : run.outcome,
    state: 'ready',
    dueMs: run.dueMs ?? nowMs + settings.settleMs,
  };
}

/** A run whose end was only implied, as it was before: what its agent says of its end is better known. */
export function withoutImpliedEnd(run: Fact): Fact {
  return isSaid(run) || run.state === 'counted' ? run : { ...run, endMs: null, durationMs: null };
}

/** True where the agent itself said that a run ended. */
function isSaid({ origins }: Fact): boolean {
  return origins['run.end'] !== undefined;
}
