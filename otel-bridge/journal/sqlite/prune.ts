import type { DatabaseSync } from 'node:sqlite';
import type { PruneCounts, PruneRequest } from '../../domain/journal.ts';
import { transaction } from './transaction.ts';

/** How many events one step deletes, so that appends never wait long for it. */
const STEP_EVENTS = 2_000;

/** What one step deleted, and whether there is more. */
export interface PruneStep extends PruneCounts {
  readonly more: boolean;
}

/** Deletes from the journal, on its writing connection, a step at a time. */
export interface Pruner {
  step(request: PruneRequest): PruneStep;
}

/** Which events a request means: of one session, or old ones that are projected and have nothing to wait for. */
function eventsWhere(request: PruneRequest): { readonly sql: string; readonly value: string | number } {
  if ('sessionId' in request) return { sql: 'session_id = ?', value: request.sessionId };
  return {
    sql: `ts_ms < ? AND seq <= coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0)
      AND seq NOT IN (SELECT event_seq FROM log_due)
      AND seq NOT IN (SELECT first_seq FROM facts WHERE due_ms IS NOT NULL)`,
    value: request.beforeMs,
  };
}

/**
 * Creates the pruner. Old events go and what is known from them stays, so that nothing can count twice. Of a forgotten
 * session the facts stay too, emptied: their identities keep counters right if something of it comes once more.
 */
export function createPruner(database: DatabaseSync): Pruner {
  const forget = {
    facts: database.prepare(
      `UPDATE facts SET kind = 'forgotten', session_id = NULL, run_id = NULL, parent_span_id = NULL, trace_id = NULL,
         name = NULL, outcome = 'unknown', input_tokens = 0, output_tokens = 0, cache_read_tokens = 0,
         cache_creation_tokens = 0, cost_nano_usd = NULL, cost_source = NULL, duration_ms = NULL, data = '{}',
         state = 'counted', due_ms = NULL, superseded = 1 WHERE session_id = ?`,
    ),
    session: database.prepare('DELETE FROM sessions WHERE id = ?'),
    outbox: database.prepare(
      "DELETE FROM outbox WHERE lane IN ('logs', 'traces') AND instr(record, CAST(? AS BLOB)) > 0",
    ),
    deadLetters: database.prepare('DELETE FROM dead_letters WHERE instr(record, CAST(? AS BLOB)) > 0'),
  };
  const deleteEvents = (request: PruneRequest): number => {
    const { sql, value } = eventsWhere(request);
    const chosen = `SELECT seq FROM events WHERE ${sql} LIMIT ${STEP_EVENTS}`;
    database.prepare(`DELETE FROM log_due WHERE event_seq IN (${chosen})`).run(value);
    return Number(database.prepare(`DELETE FROM events WHERE seq IN (${chosen})`).run(value).changes);
  };
  return {
    step(request) {
      // Deleted text is overwritten, not only given free.
      database.exec('PRAGMA secure_delete = ON');
      try {
        return transaction(database, () => {
          const events = deleteEvents(request);
          const more = events === STEP_EVENTS;
          if (more || !('sessionId' in request)) return { events, facts: 0, records: 0, more };
          const { sessionId } = request;
          const records =
            Number(forget.outbox.run(sessionId).changes) + Number(forget.deadLetters.run(sessionId).changes);
          const facts = Number(forget.facts.run(sessionId).changes);
          forget.session.run(sessionId);
          return { events, facts, records, more };
        });
      } finally {
        database.exec('PRAGMA secure_delete = OFF');
      }
    },
  };
}

/** What a request would delete, on a reading connection. */
export function countPrunable(database: DatabaseSync, request: PruneRequest): PruneCounts {
  const { sql, value } = eventsWhere(request);
  const count = (query: string, parameter: string | number): number =>
    Number(database.prepare(query).get(parameter)?.count ?? 0);
  const events = count(`SELECT count(*) AS count FROM events WHERE ${sql}`, value);
  if (!('sessionId' in request)) return { events, facts: 0, records: 0 };
  return {
    events,
    facts: count('SELECT count(*) AS count FROM facts WHERE session_id = ?', value),
    records:
      count(
        "SELECT count(*) AS count FROM outbox WHERE lane IN ('logs', 'traces') AND instr(record, CAST(? AS BLOB)) > 0",
        value,
      ) + count('SELECT count(*) AS count FROM dead_letters WHERE instr(record, CAST(? AS BLOB)) > 0', value),
  };
}
