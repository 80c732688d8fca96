import type { DatabaseSync } from 'node:sqlite';
import type { ActivityBucket, ReadModel } from '../../domain/read-model.ts';
import { ACTIVITY_SUMS, IS_ACTIVITY, IS_USAGE, USAGE_ERROR } from './fact-sums.ts';

/** Runs, tool calls and errors per bucket. */
export function createTimeseriesReader(database: DatabaseSync): ReadModel['timeseries'] {
  const activity = database.prepare(
    `SELECT at_ms / :bucketMs AS bucket, ${ACTIVITY_SUMS} FROM facts
     WHERE ${IS_ACTIVITY} AND at_ms >= :fromMs AND at_ms < :toMs GROUP BY bucket`,
  );
  const requests = database.prepare(
    `SELECT at_ms / :bucketMs AS bucket, sum(${USAGE_ERROR}) AS errors FROM facts
     WHERE ${IS_USAGE} AND at_ms >= :fromMs AND at_ms < :toMs GROUP BY bucket`,
  );
  return ({ fromMs, toMs, bucketMs }) => {
    const first = Math.floor(fromMs / bucketMs);
    const end = Math.ceil(toMs / bucketMs);
    const range = { fromMs: first * bucketMs, toMs: end * bucketMs, bucketMs };
    const buckets: ActivityBucket[] = [];
    for (let bucket = first; bucket < end; bucket += 1) {
      buckets.push({ tsMs: bucket * bucketMs, runs: 0, tools: 0, errors: 0 });
    }
    const add = (row: Record<string, unknown>): void => {
      const index = Number(row.bucket) - first;
      const known = buckets[index];
      if (known === undefined) return;
      buckets[index] = {
        tsMs: known.tsMs,
        runs: known.runs + Number(row.runs ?? 0),
        tools: known.tools + Number(row.tool_calls ?? 0),
        errors: known.errors + Number(row.errors),
      };
    };
    for (const row of activity.iterate(range)) add(row);
    for (const row of requests.iterate(range)) add(row);
    return buckets;
  };
}
