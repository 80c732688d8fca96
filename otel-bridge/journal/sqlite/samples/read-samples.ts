import type { DatabaseSync } from 'node:sqlite';
import type { SamplerState } from '../../../domain/read-model.ts';
import type { SampledThing } from '../../../domain/sample.ts';

/** Reads what was sampled last, by sampler. */
export function createSampleReader(database: DatabaseSync): () => SamplerState[] {
  const samplers = database.prepare('SELECT * FROM samplers ORDER BY name');
  const things = database.prepare('SELECT body FROM sampled WHERE sampler = ? ORDER BY id');
  return () =>
    samplers.all().map((row) => ({
      name: String(row.name),
      takenMs: Number(row.taken_ms),
      intervalMs: Number(row.interval_ms),
      problem: row.problem === null ? null : String(row.problem),
      things: things.all(String(row.name)).map(({ body }) => JSON.parse(String(body)) as SampledThing),
    }));
}
