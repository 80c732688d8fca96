import type { DatabaseSync } from 'node:sqlite';
import type { ReadModel, UnpricedModel } from '../../domain/read-model.ts';
import { IN_RANGE, IS_USAGE, rangeParameters } from './fact-sums.ts';
import { ROLLED_UNPRICED } from './rollup-sums.ts';

/** Models whose requests have tokens but no cost. */
export function createUnpricedReader(database: DatabaseSync): ReadModel['unpricedModels'] {
  const tokens = 'input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens';
  const select = database.prepare(
    `SELECT name, count(*) AS requests, sum(${tokens}) AS tokens FROM facts
     WHERE ${IS_USAGE} AND ${IN_RANGE} AND cost_nano_usd IS NULL AND ${tokens} > 0
     GROUP BY name`,
  );
  const rolled = database.prepare(ROLLED_UNPRICED);
  return (fromMs) => {
    const toMs = Number.MAX_SAFE_INTEGER;
    const models = new Map<string | null, UnpricedModel>();
    for (const row of [
      ...select.iterate(rangeParameters(fromMs, toMs)),
      ...rolled.iterate({ fromMs, toMs }),
    ]) {
      const model = typeof row.name === 'string' ? row.name : null;
      const known = models.get(model);
      models.set(model, {
        model,
        requests: (known?.requests ?? 0) + Number(row.requests),
        tokens: (known?.tokens ?? 0) + Number(row.tokens),
      });
    }
    return [...models.values()].sort((a, b) => b.tokens - a.tokens);
  };
}
