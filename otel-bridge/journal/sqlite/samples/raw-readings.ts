import type { DatabaseSync } from 'node:sqlite';
import { upsertSql } from '../upsert.ts';

/** The newest readings of counters that are not ours: what they went on by is the difference to the next one. */
export interface RawReadings {
  /**
   * Takes a reading. @returns what the counter went on by since the one before: all of it where it began at 0 since
   * (`isNew` says so, or it is smaller); undefined for the first reading of one that was there already.
   */
  take(key: string, raw: number, isNew: boolean): number | undefined;
  /** Writes what changed. Call it before the transaction ends. */
  flush(): void;
  /** Reads everything anew, after a transaction that failed. */
  reset(): void;
}

/** Opens them on the journal's writing connection. */
export function createRawReadings(database: DatabaseSync): RawReadings {
  const put = database.prepare(upsertSql('sample_readings', ['key', 'raw']));
  const readings = new Map<string, number>();
  const changed = new Set<string>();
  const load = (): void => {
    readings.clear();
    changed.clear();
    for (const { key, raw } of database.prepare('SELECT key, raw FROM sample_readings').iterate()) {
      readings.set(String(key), Number(raw));
    }
  };
  load();
  return {
    take(key, raw, isNew) {
      const before = readings.get(key);
      readings.set(key, raw);
      if (before !== raw) changed.add(key);
      if (isNew) return raw;
      if (before === undefined) return undefined;
      return raw >= before ? raw - before : raw;
    },
    flush() {
      for (const key of changed) put.run(key, readings.get(key) ?? 0);
      changed.clear();
    },
    reset: load,
  };
}
