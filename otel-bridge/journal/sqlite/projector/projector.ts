import { createSeriesWarnings } from '../series/series-warnings.ts';
import { createProjectorContext, type ProjectorOptions } from './context.ts';
import { createDelayedLogs } from './delayed-logs.ts';
import { createIdleRunEnding } from './idle-runs.ts';
import { createLateClock } from './late-clock.ts';
import { createMetricExport } from './metric-export.ts';
import { createEventProjection } from './project-events.ts';
import { createFactSettlement } from './settle-facts.ts';
import type { Turn } from './turn.ts';

/** Carries events through the projections, in order, from a cursor. Each step is one transaction. */
export interface Projector {
  /**
   * Works until its turn is over.
   * @returns true where there may be more to do at once.
   */
  step(nowMs: number, turn: Turn): boolean;
  /** Puts points of metrics and accounts of sessions into the outbox; call it every export interval. */
  exportMetrics(nowMs: number): void;
  /** When something falls due next, unix ms; null where nothing waits. */
  nextDueMs(): number | null;
}

/** Creates the projector on the journal's writing connection. */
export function createProjector(options: ProjectorOptions): Projector {
  const context = createProjectorContext(options);
  const settlement = createFactSettlement(context);
  const works = [
    createEventProjection(context, settlement),
    settlement.settleDue,
    createDelayedLogs(context),
    createIdleRunEnding(context),
    createLateClock(context),
  ];
  const selectNextDue = options.database.prepare(
    `SELECT min(due_ms) AS due_ms FROM (
       SELECT min(due_ms) AS due_ms FROM facts WHERE due_ms IS NOT NULL UNION ALL SELECT min(due_ms) FROM log_due)`,
  );
  const exportMetrics = createMetricExport(context);
  const keepWarnings = createSeriesWarnings(options.database, options.series);
  let next = 0;
  return {
    // In turns: while events keep coming, facts settle all the same.
    step(nowMs, turn) {
      for (let idle = 0; idle < works.length; ) {
        const work = works[next % works.length];
        next = (next + 1) % works.length;
        idle = work?.(nowMs, turn) ? 0 : idle + 1;
        if (turn.isOver()) return true;
      }
      return false;
    },
    exportMetrics(nowMs) {
      keepWarnings();
      context.accounts.tell(nowMs);
      context.modes.tell(nowMs);
      context.subagents.tell(nowMs);
      exportMetrics(nowMs);
    },
    nextDueMs() {
      const due = selectNextDue.get()?.due_ms;
      return due === null || due === undefined ? null : Number(due);
    },
  };
}
