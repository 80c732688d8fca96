import type { DatabaseSync } from 'node:sqlite';
import { localDate, rangeOfDate } from '../../domain/calendar.ts';
import { DATA_DIMENSIONS } from './fact-dimensions.ts';
import {
  ACTIVITY_ERROR,
  IS_ACTIVITY,
  IS_TOOL_CALL,
  IS_USAGE,
  PERIOD,
  PERIOD_MS,
  TASK_COUNTS,
  USAGE_ERROR,
} from './fact-sums.ts';
import type { KnownIds } from './known-ids.ts';

/** So many facts are taken at once. */
const CHUNK_FACTS = 100;
/** A fact whose end did not come waits this long for it, unless it did so already. */
const OPEN_KEPT_MS = 7 * 86_400_000;

/** Turns facts into daily sums. */
export interface FactRollUp {
  /**
   * Adds some facts from before a time to the sums of their days, keeps their identities and deletes them, oldest
   * first. What is not counted yet stays. Call it in a transaction.
   * @returns how many; 0 where none is left
   */
  chunk(beforeMs: number, nowMs: number): number;
}

/**
 * Conditions on the facts that may be rolled up; its parameters are those of `rollUpParameters`. The sums that tellers
 * tell of a session stay as long as it: what comes later is told as a difference to them.
 */
const MAY_GO = `kind <> 'tally' AND at_ms < :beforeMs AND due_ms IS NULL AND (state = 'counted' OR at_ms < :openBeforeMs)`;
const BEFORE_PERIOD = `${PERIOD} <= :lastPeriod`;

/** Each finds facts by an index that begins with their time. */
const SELECTIONS = [
  `${IS_USAGE} AND ${BEFORE_PERIOD} AND ${MAY_GO} ORDER BY ${PERIOD}`,
  `${IS_ACTIVITY} AND ${BEFORE_PERIOD} AND ${MAY_GO} ORDER BY ${PERIOD}`,
  `superseded = 1 AND ${MAY_GO} AND :lastPeriod IS NOT NULL ORDER BY at_ms`,
];

/** How many facts `chunk` would take in all, on any connection. */
export function countRollable(database: DatabaseSync, beforeMs: number, nowMs: number): number {
  return SELECTIONS.reduce((sum, selection) => {
    const row = database
      .prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM facts WHERE ${selection})`)
      .get(rollUpParameters(beforeMs, nowMs));
    return sum + Number(row?.count);
  }, 0);
}

function rollUpParameters(beforeMs: number, nowMs: number): Record<string, number> {
  return { beforeMs, lastPeriod: Math.floor(beforeMs / PERIOD_MS), openBeforeMs: nowMs - OPEN_KEPT_MS };
}

const IS_REQUEST = `kind IN ('api', 'usage')`;
const TOKENS = 'input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens';
const IS_UNPRICED = `(${IS_REQUEST} AND cost_nano_usd IS NULL AND ${TOKENS} > 0)`;
/** What `averageRunMs` and `toolStats` look at. */
const HAS_DURATION = `(kind IN ('run', 'tool') AND end_ms IS NOT NULL AND duration_ms IS NOT NULL)`;

/** Columns of `rollups` behind the key, with the sum over facts that each holds. */
const SUMS: Readonly<Record<string, string>> = {
  runs: `sum(kind = 'run')`,
  tool_calls: `sum(${IS_TOOL_CALL})`,
  ...TASK_COUNTS,
  errors: `sum(${USAGE_ERROR} OR ${ACTIVITY_ERROR})`,
  input_tokens: `sum(${IS_REQUEST} * input_tokens)`,
  output_tokens: `sum(${IS_REQUEST} * output_tokens)`,
  cache_read_tokens: `sum(${IS_REQUEST} * cache_read_tokens)`,
  cache_creation_tokens: `sum(${IS_REQUEST} * cache_creation_tokens)`,
  cost_nano_usd: `sum(CASE WHEN ${IS_REQUEST} THEN cost_nano_usd END)`,
  cost_computed_nano_usd: `coalesce(sum(CASE WHEN ${IS_REQUEST} AND cost_source = 'computed' THEN cost_nano_usd END), 0)`,
  unpriced: `sum(${IS_UNPRICED})`,
  unpriced_tokens: `sum(${IS_UNPRICED} * (${TOKENS}))`,
  durations: `sum(${HAS_DURATION})`,
  duration_ms: `coalesce(sum(CASE WHEN ${HAS_DURATION} THEN duration_ms END), 0.0)`,
  max_duration_ms: `coalesce(max(CASE WHEN ${HAS_DURATION} THEN duration_ms END), 0.0)`,
};

const MERGED: Readonly<Record<string, string>> = {
  cost_nano_usd:
    'CASE WHEN cost_nano_usd IS NULL THEN excluded.cost_nano_usd ELSE cost_nano_usd + coalesce(excluded.cost_nano_usd, 0) END',
  max_duration_ms: 'max(max_duration_ms, excluded.max_duration_ms)',
};

const COLUMNS = Object.keys(SUMS);
const KEY = ['at_ms', 'session_id', 'kind', 'name', 'run_id', 'task_id', 'dimensions'];
/** A patch leaves out what is null. */
const DIMENSIONS = `json_patch('{}', json_object(${DATA_DIMENSIONS.map((name) => `'${name}', data ->> '${name}'`).join(', ')}))`;

/**
 * Opens the roll-up on the journal's writing connection.
 * @param timezone IANA name of the zone that days are cut in
 */
export function createFactRollUp(database: DatabaseSync, knownIds: KnownIds, timezone: string): FactRollUp {
  const selects = SELECTIONS.map((selection) =>
    database.prepare(`SELECT id, key, at_ms FROM facts WHERE ${selection} LIMIT ${CHUNK_FACTS}`),
  );
  const addUp = database.prepare(
    `INSERT INTO rollups (${[...KEY, ...COLUMNS].join(', ')})
     SELECT :atMs, coalesce(session_id, ''),
       CASE WHEN kind IN ('api', 'usage', 'run', 'tool') THEN kind ELSE 'other' END AS rolled_kind,
       CASE WHEN kind IN ('api', 'usage', 'tool') THEN coalesce(name, '') ELSE '' END AS rolled_name,
       coalesce(run_id, '') AS rolled_run, coalesce(data ->> 'task_id', '') AS rolled_task,
       ${DIMENSIONS} AS rolled_dimensions,
       ${COLUMNS.map((column) => SUMS[column]).join(', ')}
     FROM facts WHERE superseded = 0 AND id IN (SELECT value FROM json_each(:ids))
     GROUP BY session_id, rolled_kind, rolled_name, rolled_run, rolled_task, rolled_dimensions
     ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET
       ${COLUMNS.map((column) => `${column} = ${MERGED[column] ?? `${column} + excluded.${column}`}`).join(', ')}`,
  );
  const remove = database.prepare('DELETE FROM facts WHERE id IN (SELECT value FROM json_each(?))');
  const middleOf = createMiddleOfDay(timezone);

  return {
    chunk(beforeMs, nowMs) {
      const parameters = rollUpParameters(beforeMs, nowMs);
      for (const select of selects) {
        const rows = select.all(parameters);
        if (rows.length === 0) continue;
        const byDay = Map.groupBy(rows, ({ at_ms }) => middleOf(Number(at_ms)));
        for (const [atMs, facts] of byDay)
          addUp.run({ atMs, ids: JSON.stringify(facts.map(({ id }) => id)) });
        for (const { key, at_ms } of rows) knownIds.add(String(key), Number(at_ms));
        remove.run(JSON.stringify(rows.map(({ id }) => id)));
        return rows.length;
      }
      return 0;
    },
  };
}

/** The middle of the local day of a moment, unix ms; facts come day by day. */
function createMiddleOfDay(timezone: string): (tsMs: number) => number {
  let day = { fromMs: 0, toMs: 0 };
  return (tsMs) => {
    if (tsMs < day.fromMs || tsMs >= day.toMs) {
      day = rangeOfDate(localDate(tsMs, timezone), timezone) ?? { fromMs: tsMs, toMs: tsMs };
    }
    return Math.floor((day.fromMs + day.toMs) / 2);
  };
}
