import type { DatabaseSync } from 'node:sqlite';
import { numberOf, objectOf } from '../../domain/values.ts';
import { TALLY_PERIOD_MS, tallyKey } from '../../projections/tally.ts';
import { WORK_MEASURES, type WorkMeasure } from './fact-sums.ts';

/** A part of a session's sum. */
export interface WorkDone {
  readonly sessionId: string;
  readonly measure: WorkMeasure;
  readonly amount: number;
  /** Unix ms, to the quarter of an hour. */
  readonly atMs: number;
}

/** Reads of lines, commits and pull requests of sessions. */
export interface TallyReader {
  /** fromMs <= time < toMs. */
  between(fromMs: number, toMs: number): WorkDone[];
  ofSession(id: string): WorkDone[];
}

export function createTallyReader(database: DatabaseSync): TallyReader {
  const selectOf = database.prepare(
    `SELECT session_id, name, end_ms, data FROM facts WHERE key IN (${WORK_MEASURES.map(() => '?').join(', ')})`,
  );
  const select = database.prepare(
    `SELECT session_id, name, end_ms, data FROM facts
     WHERE kind = 'tally' AND superseded = 0 AND end_ms >= :fromMs AND start_ms < :toMs`,
  );
  return {
    between: (fromMs, toMs) =>
      select
        .all({ fromMs: fromMs - TALLY_PERIOD_MS, toMs })
        .flatMap(workOf)
        .filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
    ofSession: (id) => selectOf.all(...WORK_MEASURES.map((measure) => tallyKey(id, measure))).flatMap(workOf),
  };
}

function workOf(row: Record<string, unknown>): WorkDone[] {
  const measure = WORK_MEASURES.find((name) => name === row.name);
  if (measure === undefined) return [];
  const sessionId = String(row.session_id);
  const data = JSON.parse(String(row.data)) as Record<string, unknown>;
  const known = Object.entries(objectOf(data.at) ?? {}).map(([period, amount]) => ({
    sessionId,
    measure,
    amount: Number(amount),
    // The middle of its period, which lies in one day whatever the time zone.
    atMs: (Number(period) + 0.5) * TALLY_PERIOD_MS,
  }));
  const rest = { sessionId, measure, amount: numberOf(data.rest) ?? 0, atMs: Number(row.end_ms) };
  return [...known, rest].filter(({ amount }) => amount !== 0);
}
