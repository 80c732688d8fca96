import type { DatabaseSync } from 'node:sqlite';
import { IS_ACTIVITY, IS_USAGE, PERIOD, PERIOD_MS } from './fact-sums.ts';
import type { TallyReader } from './read-tallies.ts';

/** A stretch of time, unix ms: fromMs <= time < toMs. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;
/** Up to here every day is looked at, whether or not anything is told of it. */
const WIDE_MS = 1000 * DAY_MS;
const PIECE_MS = 31 * DAY_MS;

/**
 * Finds the parts of a range that anything is told of. A clock that was wrong once tells of the year 4000: whoever
 * cuts the time until then into days is not done for minutes, while nobody else gets an answer.
 */
export function createToldRanges(database: DatabaseSync, tallies: TallyReader): (range: Range) => Range[] {
  const next = database.prepare(
    `SELECT min(period) AS period FROM (
       SELECT (SELECT min(${PERIOD}) FROM facts WHERE ${IS_USAGE} AND ${PERIOD} >= :period) AS period
       UNION ALL SELECT (SELECT min(${PERIOD}) FROM facts WHERE ${IS_ACTIVITY} AND ${PERIOD} >= :period)
       UNION ALL SELECT (SELECT min(at_ms) / ${PERIOD_MS} FROM rollups WHERE at_ms >= :period * ${PERIOD_MS}))`,
  );
  return ({ fromMs, toMs }) => {
    if (toMs - fromMs <= WIDE_MS) return [{ fromMs, toMs }];
    // What a tally sums may be long before it, in a time of which no fact is left.
    const work = tallies.between(fromMs, toMs).map(({ atMs }) => atMs);
    const ranges: Range[] = [];
    for (let start = fromMs; start < toMs; ) {
      const found = next.get({ period: Math.floor(start / PERIOD_MS) })?.period;
      const told = work.filter((atMs) => atMs >= start);
      if (typeof found === 'number') told.push(found * PERIOD_MS);
      const first = told.reduce((least, atMs) => Math.min(least, atMs), toMs);
      if (first >= toMs) break;
      const from = Math.max(start, first);
      start = Math.min(from + PIECE_MS, toMs);
      ranges.push({ fromMs: from, toMs: start });
    }
    return ranges;
  };
}
