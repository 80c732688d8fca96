import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../domain/event.ts';
import type { Fact } from '../../domain/fact.ts';
import { isFirm } from '../../projections/attribution.ts';
import { toLogRecord } from '../../projections/logs.ts';
import { endImplicitRun, projectEvent } from '../../projections/project-event.ts';
import { SERVICE_NAME, toResource } from '../../projections/resource.ts';
import type { ProjectionSettings } from '../../projections/settings.ts';
import { ownerOf, settleFact } from '../../projections/settle-fact.ts';
import { EVENT_COLUMNS, rowEvent } from './event-row.ts';
import { rowFact } from './fact-row.ts';
import { gaugePoints } from './gauge-points.ts';
import type { OutboxTable } from './outbox-table.ts';
import type { SqliteProjectionStore } from './projection-store.ts';
import type { SeriesStore } from './series-store.ts';
import { isDatabaseError } from './sqlite-error.ts';
import { transaction } from './transaction.ts';

/** How much one step takes on, so that appends never wait long for it. */
const STEP_EVENTS = 256;
const STEP_FACTS = 256;
/** Unchanged series are repeated this often, or stores take them for gone (Prometheus looks back 5 minutes). */
const REPEAT_MS = 60_000;
/** While more points than this wait for a target, only changes are added. */
const MAX_WAITING_POINTS = 20_000;
const CURSOR = 'projection';

/** Carries events through the projections, in order, from a cursor. Each step is one transaction. */
export interface Projector {
  /** Does one step of work. @returns true where there may be more to do at once. */
  step(nowMs: number): boolean;
  /** Puts points of metrics into the outbox; call it every export interval. */
  exportMetrics(nowMs: number): void;
  /** When something falls due next, unix ms; null where nothing waits. */
  nextDueMs(): number | null;
}

/** What a projector works with. */
export interface ProjectorOptions {
  readonly database: DatabaseSync;
  readonly store: SqliteProjectionStore;
  readonly series: SeriesStore;
  readonly outbox: OutboxTable;
  readonly settings: ProjectionSettings;
}

/** Creates the projector on the journal's writing connection. */
export function createProjector({ database, store, series, outbox, settings }: ProjectorOptions): Projector {
  const selectCursor = database.prepare('SELECT seq FROM cursors WHERE name = ?');
  const putCursor = database.prepare(
    'INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq',
  );
  const selectEvents = database.prepare(
    `SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ${STEP_EVENTS}`,
  );
  const selectEvent = database.prepare(`SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq = ?`);
  const selectDueFacts = database.prepare(
    `SELECT * FROM facts WHERE due_ms <= ? ORDER BY due_ms LIMIT ${STEP_FACTS}`,
  );
  const putLogDue = database.prepare(
    'INSERT OR IGNORE INTO log_due (event_seq, due_ms, fact_key) VALUES (?, ?, ?)',
  );
  const selectLogDue = database.prepare(
    `SELECT event_seq, fact_key FROM log_due WHERE due_ms <= ? ORDER BY due_ms, event_seq LIMIT ${STEP_EVENTS}`,
  );
  const putAside = database.prepare(
    "INSERT INTO dead_letters (target, lane, reason, failed_ms, record) VALUES ('projection', ?, ?, ?, ?)",
  );
  const removeLogDue = database.prepare('DELETE FROM log_due WHERE event_seq = ?');
  const selectIdleRuns = database.prepare(
    `SELECT f.* FROM facts f JOIN sessions s ON s.id = f.session_id
     WHERE f.kind = 'run' AND f.state = 'open' AND f.end_ms IS NULL AND f.data ->> 'implicit_end' = 1
       AND (s.last_ms < ? OR s.ended_ms IS NOT NULL) LIMIT ${STEP_FACTS}`,
  );
  const selectNextDue = database.prepare(
    `SELECT min(due_ms) AS due_ms FROM (
       SELECT min(due_ms) AS due_ms FROM facts WHERE due_ms IS NOT NULL UNION ALL SELECT min(due_ms) FROM log_due)`,
  );
  let lastRepeatMs = 0;
  let lastIdleScanMs = 0;
  let firstExport = true;

  /** Runs one step; what it left in memory is forgotten when its transaction fails. */
  const atomically = <T>(work: () => T): T => {
    try {
      return transaction(database, () => {
        const result = work();
        store.flush();
        series.flush();
        return result;
      });
    } catch (error) {
      store.reset();
      series.reset();
      throw error;
    }
  };

  const sessionOf = (event: JournalEvent) =>
    event.correlation.sessionId === undefined ? undefined : store.session(event.correlation.sessionId);

  const log = (event: JournalEvent, fact: Fact): void => {
    outbox.add({
      lane: 'logs',
      log: toLogRecord(event, fact, ownerOf(sessionOf(event), event, settings), settings),
    });
  };

  const take = (rows: readonly Record<string, unknown>[]): void =>
    atomically(() => {
      for (const row of rows) {
        const event = rowEvent(row);
        const fact = projectEvent(event, store, settings);
        if (fact === null || !settings.lanes.logs) continue;
        const session = sessionOf(event);
        if (session === undefined || isFirm(session)) log(event, fact);
        else putLogDue.run(event.journalSeq, event.receivedMs + settings.settleMs, fact.key);
      }
      putCursor.run(CURSOR, Number(rows.at(-1)?.seq));
    });

  /** An event that the projections cannot take is kept aside with its reason and never stops those behind it. */
  const setAside = (row: Record<string, unknown>, error: unknown): void => {
    transaction(database, () => {
      const reason = error instanceof Error ? error.message : String(error);
      putAside.run(
        String(row.type),
        `event "${String(row.id)}": ${reason}`,
        Date.now(),
        Buffer.from(String(row.body)),
      );
      putCursor.run(CURSOR, Number(row.seq));
    });
  };

  const project = (): boolean => {
    const rows = selectEvents.all(Number(selectCursor.get(CURSOR)?.seq ?? 0));
    if (rows.length === 0) return false;
    try {
      take(rows);
    } catch (error) {
      if (isDatabaseError(error)) throw error;
      for (const row of rows) {
        try {
          take([row]);
        } catch (cause) {
          if (isDatabaseError(cause)) throw cause;
          setAside(row, cause);
        }
      }
    }
    return true;
  };

  const settle = (nowMs: number): boolean => {
    const rows = selectDueFacts.all(nowMs);
    if (rows.length === 0) return false;
    atomically(() => {
      for (const row of rows) {
        const fact = store.fact(String(row.key)) ?? rowFact(row);
        const session = fact.sessionId === null ? undefined : store.session(fact.sessionId);
        const eventRow =
          session === undefined || fact.kind === 'api' ? selectEvent.get(fact.firstJournalSeq) : undefined;
        const event = eventRow === undefined ? undefined : rowEvent(eventRow);
        const owner = ownerOf(session, event, settings);
        const settled = settleFact(fact, session, owner, store, settings);
        if (settled.superseded) store.supersede(fact.key);
        store.putFact(settled.fact);
        series.add(settled.increments, toResource(owner, SERVICE_NAME, settings.instanceId), nowMs);
        if (settled.span !== null) outbox.add({ lane: 'traces', span: settled.span });
        if (fact.kind === 'api' && event !== undefined && settings.lanes.logs) log(event, settled.fact);
      }
    });
    return true;
  };

  const logDue = (nowMs: number): boolean => {
    const rows = selectLogDue.all(nowMs);
    if (rows.length === 0) return false;
    atomically(() => {
      for (const due of rows) {
        const seq = Number(due.event_seq);
        const row = selectEvent.get(seq);
        const fact = store.fact(String(due.fact_key));
        removeLogDue.run(seq);
        if (row !== undefined && fact !== undefined) log(rowEvent(row), fact);
      }
    });
    return true;
  };

  const endIdleRuns = (nowMs: number): boolean => {
    if (nowMs - lastIdleScanMs < 5000) return false;
    lastIdleScanMs = nowMs;
    const rows = selectIdleRuns.all(nowMs - settings.idleEndMs);
    const ended = rows.flatMap((row) => {
      const run = rowFact(row);
      const session = run.sessionId === null ? undefined : store.session(run.sessionId);
      const end =
        session === undefined
          ? null
          : endImplicitRun(run, Math.max(session.lastMs, run.startMs ?? 0), nowMs, settings);
      return end === null ? [] : [end];
    });
    if (ended.length === 0) return false;
    atomically(() => {
      for (const run of ended) store.putFact(run);
    });
    return true;
  };

  return {
    step: (nowMs) => project() || settle(nowMs) || logDue(nowMs) || endIdleRuns(nowMs),
    exportMetrics(nowMs) {
      if (!settings.lanes.metrics) return;
      const idle = outbox.waiting('metrics') < MAX_WAITING_POINTS;
      const repeat = idle && nowMs - lastRepeatMs >= REPEAT_MS;
      atomically(() => {
        // Nothing left while this process was not running: the last value that did comes first again.
        if (firstExport)
          for (const point of series.lastExported(nowMs - 1)) outbox.add({ lane: 'metrics', point });
        for (const point of series.duePoints(nowMs, repeat)) outbox.add({ lane: 'metrics', point });
        if (!idle) return;
        for (const point of gaugePoints(database, nowMs, settings.idleEndMs, settings.instanceId)) {
          outbox.add({ lane: 'metrics', point });
        }
      });
      firstExport = false;
      if (repeat) lastRepeatMs = nowMs;
    },
    nextDueMs() {
      const due = selectNextDue.get()?.due_ms;
      return due === null || due === undefined ? null : Number(due);
    },
  };
}
