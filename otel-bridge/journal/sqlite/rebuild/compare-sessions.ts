import { SESSION_COLUMNS } from '../session-row.ts';
import { unsyncedTransaction } from '../transaction.ts';
import { upsertSql } from '../upsert.ts';
import type { RebuildPart } from './rebuild-context.ts';

/** Sessions between two looks at the clock. */
const CHUNK_SESSIONS = 100;

/** Puts right sessions that differ from what the events tell. One that no event tells of is left as it is. */
export const compareSessions: RebuildPart = function* ({ database, scratch, knownIds, counts }) {
  const selectNext = scratch.prepare(
    `SELECT * FROM sessions WHERE id > ? ORDER BY id LIMIT ${CHUNK_SESSIONS}`,
  );
  const select = database.prepare('SELECT * FROM sessions WHERE id = ?');
  const put = database.prepare(upsertSql('sessions', SESSION_COLUMNS));
  for (let after = ''; ; yield) {
    const rows = selectNext.all(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = String(last.id);
    unsyncedTransaction(database, () => {
      for (const rebuilt of rows) {
        const present = select.get(String(rebuilt.id));
        const isForgotten = knownIds.has(`session:${String(rebuilt.id)}`, Number(rebuilt.started_ms));
        if (present === undefined && isForgotten) continue;
        counts.checked += 1;
        if (present !== undefined && SESSION_COLUMNS.every((column) => present[column] === rebuilt[column])) {
          continue;
        }
        put.run(...SESSION_COLUMNS.map((column) => rebuilt[column] ?? null));
        counts[present === undefined ? 'added' : 'corrected'] += 1;
      }
    });
  }
};
