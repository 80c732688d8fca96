import type { DatabaseSync } from 'node:sqlite';
import type { Fact } from '../../domain/fact.ts';
import type { Session } from '../../domain/session.ts';
import type { ProjectionStore } from '../../projections/store.ts';
import { FACT_COLUMNS, factRow, rowFact } from './fact-row.ts';
import { rowSession, SESSION_COLUMNS, sessionRow } from './session-row.ts';
import { upsertSql } from './upsert.ts';

/** The store of projections, kept by the journal. Sessions and facts are written once a step, by `flush`. */
export interface SqliteProjectionStore extends ProjectionStore {
  /** Marks a fact that another one tells too: it is kept and not summed. */
  supersede(key: string): void;
  /** Writes what changed since the last flush. Call it before the transaction ends. */
  flush(): void;
  /** Forgets everything that is not on disk, after a transaction that failed. */
  reset(): void;
}

/** Opens the store on the journal's writing connection. */
export function createProjectionStore(database: DatabaseSync): SqliteProjectionStore {
  const selectFact = database.prepare('SELECT * FROM facts WHERE key = ?');
  const putFact = database.prepare(upsertSql('facts', FACT_COLUMNS));
  const selectSession = database.prepare('SELECT * FROM sessions WHERE id = ?');
  const putSession = database.prepare(upsertSql('sessions', SESSION_COLUMNS));
  const selectLastRun = database.prepare(
    `SELECT * FROM facts WHERE session_id = ? AND kind = 'run' ORDER BY start_ms DESC, first_seq DESC LIMIT 1`,
  );
  const selectApi = database.prepare(
    `SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND ?2 IS NULL
     UNION ALL SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND run_id IS NULL
     UNION ALL SELECT 1 FROM facts WHERE session_id = ?1 AND kind = 'api' AND run_id = ?2 LIMIT 1`,
  );
  const selectOrdinal = database.prepare('SELECT ordinal FROM ordinals WHERE scope = ? AND name = ?');
  const countOrdinals = database.prepare('SELECT count(*) AS count FROM ordinals WHERE scope = ?');
  const insertOrdinal = database.prepare('INSERT INTO ordinals (scope, name, ordinal) VALUES (?, ?, ?)');

  const facts = new Map<string, Fact>();
  const sessions = new Map<string, Session>();
  const changedFacts = new Set<string>();
  const changedSessions = new Set<string>();
  const superseded = new Set<string>();

  const flushFacts = (): void => {
    for (const key of changedFacts) {
      const fact = facts.get(key);
      if (fact !== undefined) putFact.run(...factRow(fact, superseded.has(key)));
    }
    changedFacts.clear();
  };

  return {
    fact(key) {
      const cached = facts.get(key);
      if (cached !== undefined) return cached;
      const row = selectFact.get(key);
      if (row === undefined) return undefined;
      const fact = rowFact(row);
      if (row.superseded === 1) superseded.add(key);
      facts.set(key, fact);
      return fact;
    },
    putFact(fact) {
      facts.set(fact.key, fact);
      changedFacts.add(fact.key);
    },
    session(id) {
      const cached = sessions.get(id);
      if (cached !== undefined) return cached;
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
      flushFacts();
      const row = selectLastRun.get(sessionId);
      return row === undefined ? undefined : rowFact(row);
    },
    hasApiFacts(sessionId, runId) {
      flushFacts();
      return selectApi.get(sessionId, runId) !== undefined;
    },
    ordinal(scope, name) {
      const known = selectOrdinal.get(scope, name);
      if (known !== undefined) return Number(known.ordinal);
      const ordinal = Number(countOrdinals.get(scope)?.count ?? 0);
      insertOrdinal.run(scope, name, ordinal);
      return ordinal;
    },
    supersede(key) {
      superseded.add(key);
    },
    flush() {
      flushFacts();
      for (const id of changedSessions) {
        const session = sessions.get(id);
        if (session !== undefined) putSession.run(...sessionRow(session));
      }
      this.reset();
    },
    reset() {
      facts.clear();
      sessions.clear();
      changedFacts.clear();
      changedSessions.clear();
      superseded.clear();
    },
  };
}
