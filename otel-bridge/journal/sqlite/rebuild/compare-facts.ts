import { FACT_COLUMNS } from '../fact-row.ts';
import { unsyncedTransaction } from '../transaction.ts';
import { correctedFact } from './corrected-fact.ts';
import { createLateFact } from './late-fact.ts';
import type { RebuildPart } from './rebuild-context.ts';

/** Facts between two looks at the clock. */
const CHUNK_FACTS = 100;

/** Puts right facts that differ from what the events tell, adds those that lack, and removes those that nothing tells. */
export const compareFacts: RebuildPart = function* (context) {
  yield* putRight(context);
  yield* removeUntold(context);
};

const putRight: RebuildPart = function* (context) {
  const { database, scratch, knownIds, changedSessions, counts } = context;
  const selectNext = scratch.prepare(
    `SELECT * FROM facts WHERE id > ? AND kind <> 'tally' ORDER BY id LIMIT ${CHUNK_FACTS}`,
  );
  const select = database.prepare('SELECT * FROM facts WHERE key = ?');
  const update = database.prepare(
    `UPDATE facts SET ${FACT_COLUMNS.map((column) => `${column} = :${column}`).join(', ')} WHERE key = :key`,
  );
  const lateFact = createLateFact(context);
  const insert = database.prepare(
    `INSERT INTO facts (${FACT_COLUMNS.join(', ')}) VALUES (${FACT_COLUMNS.map((column) => `:${column}`).join(', ')})`,
  );
  for (let after = 0; ; yield) {
    const rows = selectNext.all(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.id);
    unsyncedTransaction(database, () => {
      for (const rebuilt of rows) {
        const key = String(rebuilt.key);
        const present = select.get(key);
        // Rolled up or forgotten since it was replayed.
        if (present === undefined && knownIds.has(key, Number(rebuilt.at_ms))) continue;
        counts.checked += 1;
        const wanted = present === undefined ? lateFact(rebuilt) : correctedFact(present, rebuilt);
        if (present !== undefined && FACT_COLUMNS.every((column) => present[column] === wanted[column])) {
          continue;
        }
        (present === undefined ? insert : update).run(wanted);
        if (rebuilt.session_id !== null) changedSessions.add(String(rebuilt.session_id));
        counts[present === undefined ? 'added' : 'corrected'] += 1;
      }
    });
  }
};

/** A fact whose first event is there and does not tell of it any more. */
const removeUntold: RebuildPart = function* ({ database, scratch, checkpoint, changedSessions, counts }) {
  const lastId = Number(database.prepare('SELECT max(id) AS id FROM facts').get()?.id ?? 0);
  const select = database.prepare(
    `SELECT id, key, session_id FROM facts WHERE id > ? AND id <= ? AND kind <> 'tally'
       AND EXISTS (SELECT 1 FROM events WHERE seq = first_seq)`,
  );
  const isTold = scratch.prepare('SELECT 1 FROM facts WHERE key = ?');
  const remove = database.prepare('DELETE FROM facts WHERE id = ?');
  for (let id = 0; id < lastId; id += CHUNK_FACTS) {
    unsyncedTransaction(database, () => {
      for (const row of select.all(id, id + CHUNK_FACTS)) {
        if (checkpoint.has(String(row.session_id)) || isTold.get(String(row.key)) !== undefined) continue;
        remove.run(Number(row.id));
        if (row.session_id !== null) changedSessions.add(String(row.session_id));
        counts.removed += 1;
      }
    });
    yield;
  }
};
