import type { DatabaseSync } from 'node:sqlite';
import type { ReadModel } from '../../domain/read-model.ts';
import { IN_RANGE, IS_USAGE, rangeParameters } from './fact-sums.ts';

/** Models whose requests have tokens but no cost. */
export function createUnpricedReader(database: DatabaseSync): ReadModel['unpricedModels'] {
  const tokens = 'input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens';
  const select = database.prepare(
    `SELECT name, count(*) AS requests, sum(${tokens}) AS tokens FROM facts
     WHERE ${IS_USAGE} AND ${IN_RANGE} AND cost_nano_usd IS NULL AND ${tokens} > 0
     GROUP BY name ORDER BY tokens DESC`,
  );
  return (fromMs) =>
    select.all(rangeParameters(fromMs, Number.MAX_SAFE_INTEGER)).map((row) => ({
      model: typeof row.name === 'string' ? row.name : null,
      requests: Number(row.requests),
      tokens: Number(row.tokens),
    }));
}
