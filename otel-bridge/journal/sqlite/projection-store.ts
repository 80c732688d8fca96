import type { DatabaseSync } from 'node:sqlite';
import type { Fact } from '../../domain/fact.ts';
import type { Session } from '../../domain/session.ts';
import { isRemainder, remainderPrefix } from '../../projections/remainder-fact.ts';
import { isRunCost } from '../../projections/run-cost.ts';
import type { ProjectionStore } from '../../projections/store.ts';
import { spanKeyPrefix, type TokenSpan } from '../../projections/token-levels.ts';
import { FACT_COLUMNS, factRow, rowFact } from './fact-row.ts';
import { rowSession, SESSION_COLUMNS, sessionRow } from './session-row.ts';
import { upsertSql } from './upsert.ts';

/** So many facts are kept in memory between steps: most facts are told by events that come close together. */
const MAX_KEPT_FACTS = 2048;
const MAX_KEPT_SESSIONS = 512;
/** So many spans of a trace are compared with each other. */
const MAX_TOKEN_SPANS = 2000;

/** Name in the table `meta` of how many facts changed after they were counted. */
export const CORRECTIONS = 'facts_corrected';

/** What settling writes of a fact. */
export interface Settlement {
  /** True where another fact tells the same: it is kept and not summed. */
  readonly superseded: boolean;
  /** JSON of what it added to which series: `[series id, value, ...]`; null where nothing. */
  readonly counted: string | null;
}

/** The store of projections, kept by the journal. Sessions and facts are written once a step, by `flush`. */
export interface SqliteProjectionStore extends Omit<ProjectionStore, 'isPruned'> {
  /** The fact of a row of the table `facts`, as it is known by now. */
  load(row: Record<string, unknown>): Fact;
  /** Facts that changed in this step and are due at `nowMs`. */
  changedDue(nowMs: number): Fact[];
  /** Writes that a fact is counted. */
  settle(fact: Fact, settlement: Settlement): void;
  /** Writes what changed since the last flush. Call it before the transaction ends. */
  flush(): void;
  /** Forgets everything that is not on disk, after a transaction that failed or a change made elsewhere. */
  reset(): void;
}

/** A fact in memory. */
interface KeptFact {
  fact: Fact;
  /** Its row; null where it has none yet. */
  id: number | null;
  superseded: boolean;
  /** True where it moved counters. */
  hasCounted: boolean;
  change: 'none' | 'settled' | 'whole';
  counted: string | null | undefined;
}

const FACT_UPDATE = FACT_COLUMNS.map((column) => `${column} = ?`).join(', ');
const PLACES = FACT_COLUMNS.map(() => '?').join(', ');

/** Opens the store on the journal's writing connection. */
export function createProjectionStore(database: DatabaseSync): SqliteProjectionStore {
  const selectFact = database.prepare('SELECT * FROM facts WHERE key = ?');
  const insertFact = database.prepare(`INSERT INTO facts (${FACT_COLUMNS.join(', ')}) VALUES (${PLACES})`);
  const updateFact = database.prepare(`UPDATE facts SET ${FACT_UPDATE} WHERE id = ?`);
  // Columns that did not change are left out: each index with one of them would be written anew.
  const settleFact = database.prepare(
    "UPDATE facts SET state = 'counted', due_ms = NULL, counted = coalesce(?, counted) WHERE id = ?",
  );
  const putCounted = database.prepare('UPDATE facts SET counted = ? WHERE id = ?');
  const selectSession = database.prepare('SELECT * FROM sessions WHERE id = ?');
  const putSession = database.prepare(upsertSql('sessions', SESSION_COLUMNS));
  const selectLastRun = database.prepare(
    `SELECT * FROM facts WHERE session_id = ? AND kind = 'run' ORDER BY start_ms DESC, first_seq DESC LIMIT 1`,
  );
  const selectRunBefore = database.prepare(
    `SELECT * FROM facts WHERE session_id = ? AND kind = 'run' AND start_ms <= ?
     ORDER BY start_ms DESC, first_seq DESC LIMIT 1`,
  );
  const selectRunAfter = database.prepare(
    `SELECT * FROM facts WHERE session_id = ? AND kind = 'run' AND start_ms > ?
     ORDER BY start_ms, first_seq LIMIT 1`,
  );
  const selectApi = database.prepare(
    `SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND ?2 IS NULL
     UNION ALL SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND run_id IS NULL
     UNION ALL SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND run_id = ?2 LIMIT 1`,
  );
  // What a session used beyond its calls stands beside them, never for them.
  const selectUsage = database.prepare(
    `SELECT * FROM facts WHERE session_id = ?1 AND kind = 'usage'
       AND (?2 IS NULL OR run_id IS NULL OR run_id = ?2) AND NOT (key >= 'remainder:' AND key < 'remainder;')`,
  );
  const addCorrections = database.prepare(
    `INSERT INTO meta (key, value) VALUES ('${CORRECTIONS}', ?)
     ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + excluded.value`,
  );
  const selectSpans = database.prepare(
    `SELECT * FROM facts WHERE key >= ? AND key < ? LIMIT ${MAX_TOKEN_SPANS}`,
  );
  const selectCalls = database.prepare(
    "SELECT * FROM facts WHERE session_id = ? AND kind = 'api' AND superseded = 0",
  );
  const selectRunCalls = database.prepare(
    "SELECT * FROM facts WHERE session_id = ? AND run_id = ? AND kind = 'api' AND superseded = 0",
  );
  // By their time, for which there is an index: what a tool answered is read by a later call of the model.
  const selectRunTools = database.prepare(
    `SELECT * FROM facts WHERE session_id = :session AND at_ms BETWEEN :fromMs AND :toMs
       AND run_id = :run AND kind = 'tool' AND superseded = 0`,
  );
  const selectOrdinal = database.prepare('SELECT ordinal FROM ordinals WHERE scope = ? AND name = ?');
  const countOrdinals = database.prepare('SELECT count(*) AS count FROM ordinals WHERE scope = ?');
  const insertOrdinal = database.prepare('INSERT INTO ordinals (scope, name, ordinal) VALUES (?, ?, ?)');

  const facts = new Map<string, KeptFact>();
  const changed = new Set<KeptFact>();
  /** Those that changed in this step, written by now or not. */
  const touched = new Set<KeptFact>();
  /** Usage of whole runs that changed in this step. */
  const told = new Set<KeptFact>();
  let corrections = 0;
  const sessions = new Map<string, Session>();
  const changedSessions = new Set<string>();
  /** Runs of this step that are not on disk as they are, by session. */
  const lastRuns = new Map<string, Fact | undefined>();

  /** Sessions with remainders: few, and asked for with every call. */
  const withRemainders = new Set(
    database
      .prepare("SELECT DISTINCT session_id FROM facts WHERE key >= 'remainder:' AND key < 'remainder;'")
      .all()
      .map((row) => String(row.session_id)),
  );

  const keep = (row: Record<string, unknown>): KeptFact => {
    const kept: KeptFact = {
      fact: rowFact(row),
      id: Number(row.id),
      superseded: row.superseded === 1,
      hasCounted: row.counted !== null,
      change: 'none',
      counted: undefined,
    };
    facts.set(kept.fact.key, kept);
    return kept;
  };

  const find = (key: string): KeptFact | undefined => {
    const kept = facts.get(key);
    if (kept !== undefined) return kept;
    const row = selectFact.get(key);
    return row === undefined ? undefined : keep(row);
  };

  const put = (fact: Fact): KeptFact => {
    const kept: KeptFact = find(fact.key) ?? {
      fact,
      id: null,
      superseded: false,
      hasCounted: false,
      change: 'whole',
      counted: undefined,
    };
    kept.fact = fact;
    kept.change = 'whole';
    facts.set(fact.key, kept);
    changed.add(kept);
    touched.add(kept);
    if (fact.sessionId !== null && isRemainder(fact)) withRemainders.add(fact.sessionId);
    if (fact.kind === 'usage' && !isRemainder(fact)) told.add(kept);
    if (fact.kind === 'run' && fact.sessionId !== null) lastRuns.delete(fact.sessionId);
    return kept;
  };

  const write = (kept: KeptFact): void => {
    if (kept.change === 'settled' && kept.id !== null) settleFact.run(kept.counted ?? null, kept.id);
    else {
      const row = factRow(kept.fact, kept.superseded);
      if (kept.id === null) kept.id = Number(insertFact.run(...row).lastInsertRowid);
      else updateFact.run(...row, kept.id);
      if (kept.counted !== undefined && kept.counted !== null) putCounted.run(kept.counted, kept.id);
    }
    kept.change = 'none';
    kept.counted = undefined;
  };

  const writeFacts = (): void => {
    for (const kept of changed) write(kept);
    changed.clear();
  };

  const toldUsage = (sessionId: string, runId: string | null): Set<KeptFact> => {
    const found = new Set<KeptFact>();
    for (const row of selectUsage.all(sessionId, runId)) found.add(facts.get(String(row.key)) ?? keep(row));
    for (const kept of told) {
      const { fact } = kept;
      const isOfRun = runId === null || fact.runId === null || fact.runId === runId;
      if (fact.sessionId === sessionId && isOfRun) found.add(kept);
    }
    return found;
  };

  const supersede = (kept: KeptFact | undefined): void => {
    if (kept === undefined || kept.superseded) return;
    kept.superseded = true;
    put(kept.fact);
  };

  const isCallOf = ({ fact }: KeptFact, sessionId: string, runId: string | null): boolean =>
    fact.kind === 'api' &&
    fact.sessionId === sessionId &&
    (runId === null || fact.runId === null || fact.runId === runId);

  return {
    fact: (key) => find(key)?.fact,
    load: (row) => (facts.get(String(row.key)) ?? keep(row)).fact,
    putFact: (fact) => {
      put(fact);
    },
    changedDue: (nowMs) =>
      [...touched]
        .map(({ fact }) => fact)
        .filter(({ dueMs, state }) => state !== 'counted' && dueMs !== null && dueMs <= nowMs),
    settle(fact, { superseded, counted }) {
      const before = find(fact.key);
      const isWhole =
        before === undefined ||
        before.change === 'whole' ||
        before.superseded !== superseded ||
        before.fact.data !== fact.data;
      const kept = put(fact);
      kept.superseded = superseded;
      kept.counted = counted;
      kept.hasCounted = counted !== null;
      kept.change = isWhole ? 'whole' : 'settled';
    },
    supersede: (key) => supersede(find(key)),
    supersedeUsage(sessionId, runId, hasCost) {
      for (const kept of toldUsage(sessionId, runId)) {
        if (hasCost || !isRunCost(kept.fact)) supersede(kept);
      }
    },
    usageCounted(sessionId, runId) {
      const counted = [...toldUsage(sessionId, runId)].filter(({ hasCounted }) => hasCounted);
      if (counted.length === 0) return 'no';
      return counted.every(({ fact }) => isRunCost(fact)) ? 'cost' : 'all';
    },
    noteCorrection() {
      corrections += 1;
    },
    session(id) {
      const kept = sessions.get(id);
      if (kept !== undefined) return kept;
      const row = selectSession.get(id);
      if (row === undefined) return undefined;
      const session = rowSession(row);
      sessions.set(id, session);
      return session;
    },
    putSession(session) {
      sessions.set(session.id, session);
      changedSessions.add(session.id);
    },
    lastRun(sessionId) {
      if (lastRuns.has(sessionId)) return lastRuns.get(sessionId);
      writeFacts();
      const row = selectLastRun.get(sessionId);
      const run = row === undefined ? undefined : (facts.get(String(row.key)) ?? keep(row)).fact;
      lastRuns.set(sessionId, run);
      return run;
    },
    runsAround(sessionId, startMs) {
      writeFacts();
      const read = (row: Record<string, unknown> | undefined): Fact | undefined =>
        row === undefined ? undefined : (facts.get(String(row.key)) ?? keep(row)).fact;
      return {
        before: read(selectRunBefore.get(sessionId, startMs)),
        after: read(selectRunAfter.get(sessionId, startMs)),
      };
    },
    hasApiFacts(sessionId, runId) {
      for (const kept of changed) if (isCallOf(kept, sessionId, runId)) return true;
      return selectApi.get(sessionId, runId) !== undefined;
    },
    calls(sessionId) {
      writeFacts();
      return selectCalls.all(sessionId).map((row) => (facts.get(String(row.key)) ?? keep(row)).fact);
    },
    callsOfRun(sessionId, runId) {
      writeFacts();
      const calls = selectRunCalls.all(sessionId, runId);
      if (calls.length === 0) return [];
      const fromMs = calls.reduce(
        (first, { start_ms, at_ms }) => Math.min(first, Number(start_ms ?? at_ms)),
        Infinity,
      );
      const toMs = calls.reduce((last, { at_ms }) => Math.max(last, Number(at_ms)), 0);
      const tools = selectRunTools.all({ session: sessionId, run: runId, fromMs, toMs });
      return [...calls, ...tools].map((row) => (facts.get(String(row.key)) ?? keep(row)).fact);
    },
    remainders(sessionId) {
      if (!withRemainders.has(sessionId)) return [];
      writeFacts();
      const prefix = remainderPrefix(sessionId);
      return selectSpans
        .all(prefix, `${prefix}~`)
        .map((row) => (facts.get(String(row.key)) ?? keep(row)).fact);
    },
    tokenSpans(traceId) {
      writeFacts();
      const prefix = spanKeyPrefix(traceId);
      return selectSpans.all(prefix, `${prefix}g`).map((row): TokenSpan => {
        const kept = facts.get(String(row.key)) ?? keep(row);
        const counted = kept.fact.state === 'counted' && (!kept.superseded || row.counted !== null);
        return { fact: kept.fact, counted };
      });
    },
    ordinal(scope, name) {
      const known = selectOrdinal.get(scope, name);
      if (known !== undefined) return Number(known.ordinal);
      const ordinal = Number(countOrdinals.get(scope)?.count ?? 0);
      insertOrdinal.run(scope, name, ordinal);
      return ordinal;
    },
    flush() {
      writeFacts();
      for (const id of changedSessions) {
        const session = sessions.get(id);
        if (session !== undefined) putSession.run(...sessionRow(session));
      }
      if (corrections > 0) addCorrections.run(corrections);
      corrections = 0;
      changedSessions.clear();
      touched.clear();
      told.clear();
      lastRuns.clear();
      if (facts.size > MAX_KEPT_FACTS) facts.clear();
      if (sessions.size > MAX_KEPT_SESSIONS) sessions.clear();
    },
    reset() {
      facts.clear();
      changed.clear();
      touched.clear();
      told.clear();
      corrections = 0;
      sessions.clear();
      changedSessions.clear();
      lastRuns.clear();
    },
  };
}
