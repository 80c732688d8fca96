import type { DatabaseSync } from 'node:sqlite';
import type { SampledThing } from '../../../domain/sample.ts';

/** The run in which each sampler saw each thing last. */
export interface SampleRuns {
  /**
   * Takes the run of a thing. @returns whether it is another one than this sampler saw last: its counters began at 0 since.
   * False where nobody can say.
   * @param isUnknown whether this sampler looked before, and the thing was not there
   */
  take(sampler: string, thing: Pick<SampledThing, 'id' | 'run_id'>, isUnknown: boolean): boolean;
  /** Writes what changed. Call it before the transaction ends. */
  flush(): void;
  /** Reads everything anew, after a transaction that failed. */
  reset(): void;
}

interface Run {
  readonly sampler: string;
  readonly id: string;
  readonly run: string | null;
}

/** Opens them on the journal's writing connection. What is gone is kept: it may come back, and then goes on. */
export function createSampleRuns(database: DatabaseSync): SampleRuns {
  const put = database.prepare('INSERT OR REPLACE INTO sample_runs (sampler, id, run) VALUES (?, ?, ?)');
  const runs = new Map<string, Run>();
  const changed = new Set<Run>();
  const load = (): void => {
    runs.clear();
    changed.clear();
    for (const row of database.prepare('SELECT sampler, id, run FROM sample_runs').iterate()) {
      const [sampler, id] = [String(row.sampler), String(row.id)];
      runs.set(keyOf(sampler, id), { sampler, id, run: row.run === null ? null : String(row.run) });
    }
  };
  load();
  return {
    take(sampler, { id, run_id }, isUnknown) {
      if (run_id === undefined) return false;
      const key = keyOf(sampler, id);
      const before = runs.get(key);
      if (before?.run !== run_id) {
        const now = { sampler, id, run: run_id };
        runs.set(key, now);
        changed.add(now);
      }
      if (run_id === null) return false;
      return before === undefined ? isUnknown : before.run !== run_id;
    },
    flush() {
      for (const { sampler, id, run } of changed) put.run(sampler, id, run);
      changed.clear();
    },
    reset: load,
  };
}

function keyOf(sampler: string, id: string): string {
  return JSON.stringify([sampler, id]);
}
