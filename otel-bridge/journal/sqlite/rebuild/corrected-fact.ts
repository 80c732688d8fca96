import type { FACT_COLUMNS } from '../fact-row.ts';

/** Columns of the table `facts`, all but its number and what it added to counters. */
export type FactColumns = Record<(typeof FACT_COLUMNS)[number], string | number | null>;

type Row = Readonly<Record<string, unknown>>;

/**
 * What the read model should hold of a fact that it holds. What the fact is follows the events; whether it was counted,
 * and what supersedes it, follows what has happened: what was counted is never counted again.
 * @param present its row
 * @param rebuilt its row in the scratch, where nothing settles
 */
export function correctedFact(present: Row, rebuilt: Row): FactColumns {
  const settled = present.state === 'open' ? rebuilt : present;
  return {
    ...factColumns(rebuilt),
    ...(present.end_ms !== null && mayEndBySilence(rebuilt) ? endOf(present, rebuilt) : {}),
    state: settled.state,
    due_ms: settled.due_ms,
    superseded: present.superseded,
  } as FactColumns;
}

/** A row without what belongs to the row alone. */
export function factColumns(row: Row): FactColumns {
  const { id: _id, counted: _counted, ...columns } = row;
  return columns as FactColumns;
}

/** Where no event tells a run's end, it was found by waiting; when that was cannot be found again. */
function mayEndBySilence({ kind, data, origins }: Row): boolean {
  if (kind !== 'run') return false;
  const told = JSON.parse(String(data)) as Record<string, unknown>;
  return told.implicit_end === true && !('run.end' in (JSON.parse(String(origins)) as object));
}

function endOf({ end_ms, at_ms, duration_ms }: Row, { outcome }: Row): Row {
  return { end_ms, at_ms, duration_ms, outcome: outcome === 'unknown' ? 'success' : outcome };
}
