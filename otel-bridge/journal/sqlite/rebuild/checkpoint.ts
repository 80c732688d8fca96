import { readPrunedUntil } from '../prune.ts';
import type { RebuildPart } from './rebuild-context.ts';

/** Facts that are looked at between two looks at the clock. */
const CHUNK_FACTS = 1000;

/**
 * Finds the sessions that the events do not tell whole any more: some of their events or facts were pruned, or lost
 * with a damaged file. What is known of them stays as it is.
 */
export const findCheckpoint: RebuildPart = function* ({ database, checkpoint }) {
  const add = (rows: readonly Record<string, unknown>[]): void => {
    for (const { id } of rows) if (id !== null) checkpoint.add(String(id));
  };
  add(database.prepare('SELECT id FROM sessions WHERE started_ms <= ?').all(readPrunedUntil(database)));
  add(database.prepare('SELECT DISTINCT session_id AS id FROM rollups').all());
  yield;
  const lastId = Number(database.prepare('SELECT max(id) AS id FROM facts').get()?.id ?? 0);
  const select = database.prepare(
    `SELECT DISTINCT session_id AS id FROM facts
     WHERE id > ? AND id <= ? AND first_seq > 0 AND NOT EXISTS (SELECT 1 FROM events WHERE seq = first_seq)`,
  );
  for (let id = 0; id < lastId; id += CHUNK_FACTS) {
    add(select.all(id, id + CHUNK_FACTS));
    yield;
  }
};
