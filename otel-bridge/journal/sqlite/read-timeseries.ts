import type { DatabaseSync } from 'node:sqlite';
import type { ReadModel } from '../../domain/read-model.ts';
import {
  ACTIVITY_ERROR,
  IN_RANGE,
  IS_ACTIVITY,
  IS_TOOL_CALL,
  IS_USAGE,
  rangeParameters,
  USAGE_ERROR,
} from './fact-sums.ts';
import { ROLLED_BUCKETS } from './rollup-sums.ts';

/** Runs, tool calls and errors per bucket. What counts is counted here: SQLite would sort it first. */
export function createTimeseriesReader(database: DatabaseSync): ReadModel['timeseries'] {
  const activity = database.prepare(
    `SELECT at_ms, kind = 'run' AS run, ${IS_TOOL_CALL} AS tool, ${ACTIVITY_ERROR} AS error FROM facts
     WHERE ${IS_ACTIVITY} AND ${IN_RANGE} AND (kind IN ('run', 'tool') OR ${ACTIVITY_ERROR})`,
  );
  const failedRequests = database.prepare(
    `SELECT at_ms, 0 AS run, 0 AS tool, 1 AS error FROM facts
     WHERE ${IS_USAGE} AND ${IN_RANGE} AND ${USAGE_ERROR}`,
  );
  const rolled = database.prepare(ROLLED_BUCKETS);
  return ({ fromMs, toMs, bucketMs }) => {
    const first = Math.floor(fromMs / bucketMs);
    const end = Math.ceil(toMs / bucketMs);
    const buckets = Array.from({ length: Math.max(0, end - first) }, (_, index) => ({
      tsMs: (first + index) * bucketMs,
      runs: 0,
      tools: 0,
      errors: 0,
    }));
    const wholeMs = { fromMs: first * bucketMs, toMs: end * bucketMs };
    const range = rangeParameters(wholeMs.fromMs, wholeMs.toMs);
    for (const rows of [activity.iterate(range), failedRequests.iterate(range), rolled.iterate(wholeMs)]) {
      for (const row of rows) {
        const bucket = buckets[Math.floor(Number(row.at_ms) / bucketMs) - first];
        if (bucket === undefined) continue;
        bucket.runs += Number(row.run);
        bucket.tools += Number(row.tool);
        bucket.errors += Number(row.error);
      }
    }
    return buckets;
  };
}
