import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../../domain/event.ts';
import type { Session } from '../../../domain/session.ts';
import { isHistory } from '../../../projections/history.ts';
import { recordTimeMs } from '../../../projections/logs.ts';
import {
  type BypassStretch,
  bypassStretches,
  isBypass,
  type ModeMark,
  marksSince,
  modeMarkOf,
  since,
  untoldMinutes,
  withMark,
  withSeen,
} from '../../../projections/permission-modes.ts';
import { ACCOUNT_MS, toBypassRecord } from '../../../projections/session-account.ts';
import type { ProjectionSettings } from '../../../projections/settings.ts';
import type { OutboxTable } from '../outbox-table.ts';
import { transaction } from '../transaction.ts';

/** Follows the permission modes of sessions, and tells how long each bypassed them, in records by minute. */
export interface PermissionModes {
  /** Takes what an event says, in the transaction of the projection. */
  note(event: JournalEvent): void;
  /** Writes what was noted. Call it before the transaction ends. */
  flush(): void;
  /** Forgets what is not on disk, after a transaction that failed. */
  reset(): void;
  /** Puts what is due into the outbox; call it every export interval. */
  tell(nowMs: number): void;
}

/** What they work with. */
export interface PermissionModesOptions {
  readonly database: DatabaseSync;
  readonly outbox: OutboxTable;
  readonly store: { session(id: string): Session | undefined };
  readonly settings: Pick<ProjectionSettings, 'historyAfterMs' | 'settleMs' | 'instanceId'>;
}

/** Sessions of one transaction. */
const MOST_AT_ONCE = 500;

interface Noted {
  readonly marks: readonly ModeMark[];
  /** Null where records tell it all. */
  readonly dueMs: number | null;
}

/** Opens them on the journal's writing connection. */
export function createPermissionModes(options: PermissionModesOptions): PermissionModes {
  const { database, outbox, store, settings } = options;
  const select = database.prepare('SELECT marks FROM permission_modes WHERE session_id = ?');
  const put = database.prepare(
    `INSERT INTO permission_modes (session_id, marks, told, due_ms) VALUES (?, ?, '[]', ?)
     ON CONFLICT (session_id) DO UPDATE SET marks = excluded.marks,
     due_ms = coalesce(min(due_ms, excluded.due_ms), due_ms, excluded.due_ms)`,
  );
  // Due long after now = by a clock that was set back since.
  const selectDue = database.prepare(
    `SELECT session_id, marks, told FROM permission_modes
     WHERE due_ms <= :nowMs OR due_ms > :nowMs + :settleMs + ${ACCOUNT_MS} ORDER BY due_ms LIMIT ${MOST_AT_ONCE}`,
  );
  const putTold = database.prepare(
    'UPDATE permission_modes SET marks = ?, told = ?, due_ms = NULL WHERE session_id = ?',
  );
  const remove = database.prepare('DELETE FROM permission_modes WHERE session_id = ?');
  /** Of this transaction; null = nothing is known of the session. */
  const known = new Map<string, Noted | null>();
  const changed = new Set<string>();

  const read = (sessionId: string): Noted | null => {
    const row = select.get(sessionId);
    return row === undefined ? null : { marks: JSON.parse(String(row.marks)) as ModeMark[], dueMs: null };
  };

  const tellSession = (row: Record<string, unknown>, nowMs: number): void => {
    const sessionId = String(row.session_id);
    const session = store.session(sessionId);
    if (session === undefined) {
      remove.run(sessionId);
      return;
    }
    const marks = JSON.parse(String(row.marks)) as ModeMark[];
    // What is older, stores do not take any more.
    const fromMs = nowMs - settings.historyAfterMs;
    const stretches = since(bypassStretches(marks, session.startedMs), fromMs);
    const told = since(JSON.parse(String(row.told)) as BypassStretch[], fromMs);
    for (const minute of untoldMinutes(stretches, told, ACCOUNT_MS)) {
      const log = toBypassRecord(minute, session, settings.instanceId, nowMs);
      outbox.add({ lane: 'digest/logs', log });
    }
    putTold.run(JSON.stringify(marksSince(marks, fromMs)), JSON.stringify(stretches), sessionId);
  };

  return {
    note(event) {
      const { sessionId } = event.correlation;
      if (sessionId === undefined || isHistory(event, settings)) return;
      const before = known.has(sessionId) ? known.get(sessionId) : read(sessionId);
      const atMs = recordTimeMs(event);
      const mark = modeMarkOf(event, atMs);
      const marks = before?.marks ?? [];
      const after = mark === null ? withSeen(marks, atMs) : withMark(marks, mark);
      const isTold = after.some((each) => isBypass(each.before) || isBypass(each.after));
      const dueMs = isTold ? event.receivedMs + settings.settleMs : null;
      known.set(sessionId, marks === after ? (before ?? null) : { marks: after, dueMs });
      // When a session was seen last counts where that is time in bypass mode.
      const place = after.findLastIndex((other) => other.atMs <= atMs);
      if (marks !== after && (mark !== null || isBypass(after[place]?.after ?? null))) changed.add(sessionId);
    },
    flush() {
      for (const sessionId of changed) {
        const noted = known.get(sessionId);
        if (noted !== null && noted !== undefined)
          put.run(sessionId, JSON.stringify(noted.marks), noted.dueMs);
      }
      known.clear();
      changed.clear();
    },
    reset() {
      known.clear();
      changed.clear();
    },
    tell(nowMs) {
      const rows = selectDue.all({ nowMs, settleMs: settings.settleMs });
      if (rows.length === 0) return;
      // Synced: what left never comes again with another amount.
      transaction(database, () => {
        for (const row of rows) tellSession(row, nowMs);
      });
    },
  };
}
