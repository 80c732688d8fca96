import type { DatabaseSync } from 'node:sqlite';
import { startOfDay } from '../../domain/calendar.ts';
import type { PruneCounts, PruneRequest } from '../../domain/journal.ts';
import type { EventIndexes } from './event-index/event-indexes.ts';
import { type KnownIds, prunedEventKey } from './known-ids.ts';
import { countRollable, createFactRollUp } from './roll-up.ts';
import { transaction, unsyncedTransaction } from './transaction.ts';
import { truncateLog } from './truncate-log.ts';
import { upsertSql } from './upsert.ts';

/** How long one step may take: appends wait no longer than that for it. */
const STEP_MS = 15;
/** Rows between two looks at the clock. */
const CHUNK_ROWS = 100;

/** What one step deleted, and whether there is more. */
export interface PruneStep extends PruneCounts {
  readonly more: boolean;
}

/** Deletes from the journal, on its writing connection, a step at a time. */
export interface Pruner {
  step(request: PruneRequest, nowMs: number): PruneStep;
}

/** What the pruner works with. */
export interface PrunerOptions {
  readonly database: DatabaseSync;
  readonly knownIds: KnownIds;
  readonly eventIndexes: Pick<EventIndexes, 'remove' | 'settle'>;
  /** IANA name of the zone that days are cut in. */
  readonly timezone: string;
}

/** Old events that are projected, and that nothing which is not counted yet began with, oldest first. */
const OLD_EVENTS = `ts_ms < :beforeMs AND seq <= :lastSeq
  AND NOT EXISTS (SELECT 1 FROM log_due WHERE event_seq = seq) ORDER BY ts_ms`;

const LAST_FREE_SEQ = `SELECT min(coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0),
    coalesce((SELECT min(first_seq) - 1 FROM facts WHERE due_ms IS NOT NULL), 9007199254740991)) AS seq`;

/** In the table `meta`: the time of the latest event that was deleted for its age, unix ms. */
const PRUNED_UNTIL_KEY = 'pruned_until_ms';

/** Events up to this time may be gone, unix ms; -1 where none were deleted for their age. */
export function readPrunedUntil(database: DatabaseSync): number {
  const row = database.prepare('SELECT value FROM meta WHERE key = ?').get(PRUNED_UNTIL_KEY);
  return row === undefined ? -1 : Number(row.value);
}

/** What a session, `?1`, has left behind beside its events. */
const FACTS_OF = 'FROM facts WHERE session_id = ?1';
const RECORDS_OF =
  "FROM outbox WHERE lane IN ('logs', 'digest/logs', 'traces') AND instr(record, CAST(?1 AS BLOB)) > 0";
const LETTERS_OF = 'FROM dead_letters WHERE instr(record, CAST(?1 AS BLOB)) > 0';

/**
 * Creates the pruner. Of old days the facts become sums and the events go; of a forgotten session everything goes.
 * Identities stay in both cases, so that what comes once more counts nothing.
 */
export function createPruner({ database, knownIds, eventIndexes, timezone }: PrunerOptions): Pruner {
  const rollUp = createFactRollUp(database, knownIds, timezone);
  const putMeta = database.prepare(upsertSql('meta', ['key', 'value']));
  const lastFreeSeq = database.prepare(LAST_FREE_SEQ);
  const oldEvents = database.prepare(
    `SELECT seq, id, ts_ms, session_id FROM events WHERE ${OLD_EVENTS} LIMIT ${CHUNK_ROWS}`,
  );
  const deleteEvents = database.prepare('DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))');
  const session = {
    events: database.prepare(
      `SELECT seq, id, ts_ms, session_id FROM events
       WHERE seq IN (SELECT seq FROM events_of_sessions WHERE session_id = ? LIMIT ${CHUNK_ROWS})`,
    ),
    facts: database.prepare(`SELECT id, key, at_ms ${FACTS_OF} LIMIT ${CHUNK_ROWS}`),
    deleteFacts: database.prepare('DELETE FROM facts WHERE id IN (SELECT value FROM json_each(?))'),
    deleteLogDue: database.prepare('DELETE FROM log_due WHERE event_seq IN (SELECT value FROM json_each(?))'),
    rest: [
      'DELETE FROM rollups WHERE session_id = ?1',
      'DELETE FROM sessions WHERE id = ?1',
      'DELETE FROM session_accounts WHERE session_id = ?1',
      'DELETE FROM permission_modes WHERE session_id = ?1',
      'DELETE FROM subagents WHERE session_id = ?1 OR id = ?1',
      // Scopes of model calls without an id begin with their session (projections/fact-patches.ts).
      `DELETE FROM ordinals WHERE scope >= 'api:' || ?1 || ':' AND scope < 'api:' || ?1 || ';'`,
    ].map((sql) => database.prepare(sql)),
    records: [RECORDS_OF, LETTERS_OF].map((from) => database.prepare(`DELETE ${from}`)),
  };

  const dropEvents = (rows: readonly Record<string, unknown>[]): number => {
    for (const row of rows) {
      const id = String(row.id);
      const tsMs = Number(row.ts_ms);
      const sessionId = row.session_id === null ? null : String(row.session_id);
      knownIds.add(prunedEventKey(id), tsMs);
      eventIndexes.remove({ seq: Number(row.seq), id, tsMs, sessionId });
    }
    const seqs = seqsOf(rows, 'seq');
    session.deleteLogDue.run(seqs);
    deleteEvents.run(seqs);
    return rows.length;
  };

  const pruneOld = (beforeMs: number, nowMs: number): PruneStep => {
    const deadlineMs = performance.now() + STEP_MS;
    const wholeDaysMs = startOfDay(beforeMs, timezone);
    const lastSeq = Number(lastFreeSeq.get()?.seq);
    const sum = { events: 0, facts: 0, records: 0 };
    while (performance.now() < deadlineMs) {
      const facts = rollUp.chunk(wholeDaysMs, nowMs);
      sum.facts += facts;
      if (facts > 0) continue;
      const rows = oldEvents.all({ beforeMs, lastSeq });
      const newest = rows.at(-1);
      if (newest === undefined) return { ...sum, more: false };
      sum.events += dropEvents(rows);
      const untilMs = Math.max(Number(newest.ts_ms), readPrunedUntil(database));
      putMeta.run(PRUNED_UNTIL_KEY, String(untilMs));
    }
    return { ...sum, more: true };
  };

  const forget = (sessionId: string): PruneStep => {
    const deadlineMs = performance.now() + STEP_MS;
    const sum = { events: 0, facts: 0, records: 0 };
    while (performance.now() < deadlineMs) {
      const events = dropEvents(session.events.all(sessionId));
      sum.events += events;
      if (events > 0) continue;
      const facts = session.facts.all(sessionId);
      for (const { key, at_ms } of facts) knownIds.add(String(key), Number(at_ms));
      session.deleteFacts.run(seqsOf(facts, 'id'));
      sum.facts += facts.length;
      if (facts.length > 0) continue;
      for (const statement of session.records) sum.records += Number(statement.run(sessionId).changes);
      for (const statement of session.rest) statement.run(sessionId);
      return { ...sum, more: false };
    }
    return { ...sum, more: true };
  };

  return {
    step(request, nowMs) {
      // What waits to be written would come back after it was deleted.
      eventIndexes.settle();
      // What is old can be deleted again; what was to be forgotten is gone when the answer says so.
      if ('beforeMs' in request)
        return unsyncedTransaction(database, () => pruneOld(request.beforeMs, nowMs));
      // Deleted text is overwritten, not only given free, also where it was on its way into the file.
      database.exec('PRAGMA secure_delete = ON');
      try {
        const step = transaction(database, () => forget(request.sessionId));
        if (!step.more) truncateLog(database);
        return step;
      } finally {
        database.exec('PRAGMA secure_delete = OFF');
      }
    },
  };
}

function seqsOf(rows: readonly Record<string, unknown>[], column: string): string {
  return JSON.stringify(rows.map((row) => row[column]));
}

/** What a request would delete, on a reading connection. */
export function countPrunable(
  database: DatabaseSync,
  request: PruneRequest,
  { timezone, nowMs }: { timezone: string; nowMs: number },
): PruneCounts {
  if ('beforeMs' in request) {
    const { beforeMs } = request;
    const lastSeq = Number(database.prepare(LAST_FREE_SEQ).get()?.seq);
    const events = database
      .prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM events WHERE ${OLD_EVENTS})`)
      .get({ beforeMs, lastSeq });
    const facts = countRollable(database, startOfDay(beforeMs, timezone), nowMs);
    return { events: Number(events?.count), facts, records: 0 };
  }
  const count = (from: string): number =>
    Number(database.prepare(`SELECT count(*) AS count ${from}`).get(request.sessionId)?.count);
  return {
    events: count('FROM events_of_sessions WHERE session_id = ?1'),
    facts: count(FACTS_OF),
    records: count(RECORDS_OF) + count(LETTERS_OF),
  };
}
