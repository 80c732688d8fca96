import type { DatabaseSync } from 'node:sqlite';
import type { KnownFact } from '../../domain/read-model.ts';
import { rowFact } from './fact-row.ts';
import { IN_RANGE, IS_ACTIVITY, rangeParameters } from './fact-sums.ts';
import { ROLLED_RUN_DURATIONS } from './rollup-sums.ts';

/** Reads of single facts. */
export interface FactReader {
  ofSession(id: string): KnownFact[];
  /** The newest run of that id, and the facts of it. */
  run(id: string): { run: KnownFact; spans: KnownFact[] } | null;
  averageRunMs(fromMs: number, toMs: number): number | null;
}

/** What facts are read with beside the journal. */
export interface FactReaderOptions {
  /** Unix ms. */
  readonly clock: () => number;
  /** What is open in a session that is silent for longer than this was abandoned, ms. */
  readonly abandonedAfterMs: number;
}

const SELECT = `SELECT facts.*, coalesce(sessions.last_ms, facts.at_ms) AS last_ms
  FROM facts LEFT JOIN sessions ON sessions.id = facts.session_id`;
const IN_ORDER = 'ORDER BY coalesce(start_ms, end_ms), first_seq, facts.id';
/** What has an end of its own. */
const ENDING_KINDS: ReadonlySet<unknown> = new Set(['run', 'tool', 'span']);

export function createFactReader(
  database: DatabaseSync,
  { clock, abandonedAfterMs }: FactReaderOptions,
): FactReader {
  const ofSession = database.prepare(`${SELECT} WHERE session_id = ? ${IN_ORDER}`);
  const ofRun = database.prepare(
    `${SELECT} WHERE session_id = ? AND run_id = ? AND kind <> 'run' ${IN_ORDER}`,
  );
  const run = database.prepare(`${SELECT} WHERE run_id = ? AND kind = 'run' ORDER BY at_ms DESC LIMIT 1`);
  const knownFact = (row: Record<string, unknown>): KnownFact => {
    const isOpen = row.end_ms === null && ENDING_KINDS.has(row.kind);
    const isAbandoned = isOpen && clock() - Number(row.last_ms) > abandonedAfterMs;
    const fact = rowFact(row);
    return { ...fact, outcome: isAbandoned ? 'abandoned' : fact.outcome, superseded: row.superseded === 1 };
  };
  const durations = database.prepare(
    `SELECT count(duration_ms) AS count, sum(duration_ms) AS total_ms FROM facts
     WHERE ${IS_ACTIVITY} AND ${IN_RANGE} AND kind = 'run' AND end_ms IS NOT NULL`,
  );
  const rolledDurations = database.prepare(ROLLED_RUN_DURATIONS);
  return {
    ofSession: (id) => ofSession.all(id).map(knownFact),
    run: (id) => {
      const row = run.get(id);
      if (row === undefined) return null;
      const found = knownFact(row);
      const spans = found.sessionId === null ? [] : ofRun.all(found.sessionId, id).map(knownFact);
      return { run: found, spans };
    },
    averageRunMs: (fromMs, toMs) => {
      const rows = [durations.get(rangeParameters(fromMs, toMs)), rolledDurations.get({ fromMs, toMs })];
      const sum = (column: string): number =>
        rows.reduce((total, row) => total + Number(row?.[column] ?? 0), 0);
      return sum('count') === 0 ? null : sum('total_ms') / sum('count');
    },
  };
}
