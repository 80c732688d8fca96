import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../../domain/event.ts';
import type { Session } from '../../../domain/session.ts';
import { isHistory } from '../../../projections/history.ts';
import { recordTimeMs } from '../../../projections/logs.ts';
import type { ProjectionSettings } from '../../../projections/settings.ts';
import type { ProjectionStore } from '../../../projections/store.ts';
import {
  MAIN_AGENT,
  parentOf,
  parentSessionOf,
  subagentOf,
  type ToldSubagent,
  toPlaceRecord,
} from '../../../projections/subagent-place.ts';
import type { OutboxTable } from '../outbox-table.ts';
import { transaction } from '../transaction.ts';

/** Follows which sub-agents sessions have and which came from which, and tells it in records. */
export interface Subagents {
  /** Takes what an event says, in the transaction of the projection. */
  note(event: JournalEvent): void;
  /** Forgets what it knows of rows: after each transaction, whether it failed or not. */
  reset(): void;
  /** Puts what is due into the outbox; call it every export interval. */
  tell(nowMs: number): void;
}

/** What they work with. */
export interface SubagentsOptions {
  readonly database: DatabaseSync;
  readonly outbox: OutboxTable;
  readonly store: Pick<ProjectionStore, 'fact'> & { session(id: string): Session | undefined };
  readonly settings: Pick<ProjectionSettings, 'historyAfterMs' | 'settleMs' | 'instanceId'>;
}

/** Sub-agents of one transaction. */
const MOST_AT_ONCE = 500;
/** Due longer after now than this = by a clock that was set back since, ms. */
const FAR_MS = 60_000;
/** A sub-agent's session stands in the trees of so many sessions above it at most. */
const MAX_ABOVE = 8;

/** Where a sub-agent stands in the tree of a session. */
interface Place {
  readonly sessionId: string;
  readonly path: readonly number[];
}

interface Row {
  readonly id: string;
  readonly number: number;
  readonly name: string | null;
  readonly isSession: boolean;
  readonly call: string | null;
  readonly beganMs: number;
  readonly told: string;
  readonly version: number;
}

/** Opens them on the journal's writing connection. */
export function createSubagents({ database, outbox, store, settings }: SubagentsOptions): Subagents {
  const select = database.prepare('SELECT * FROM subagents WHERE session_id = ? AND id = ?');
  const insert = database.prepare(
    `INSERT INTO subagents (session_id, id, number, name, is_session, call, began_ms, due_ms)
     SELECT ?1, ?2, iif(?2 = '${MAIN_AGENT}', 0, 1 + (SELECT coalesce(max(number), 0) FROM subagents WHERE session_id = ?1)),
     ?3, ?4, ?5, ?6, ?7`,
  );
  const update = database.prepare(
    'UPDATE subagents SET name = ?, call = ?, began_ms = ?, due_ms = ? WHERE session_id = ? AND id = ?',
  );
  const callChildren = database.prepare(
    'UPDATE subagents SET due_ms = ? WHERE session_id = ? AND parent_id = ? AND due_ms IS NULL',
  );
  const callSessions = database.prepare(
    'UPDATE subagents SET due_ms = ? WHERE session_id = ? AND is_session = 1 AND due_ms IS NULL',
  );
  const selectDue = database.prepare(
    `SELECT * FROM subagents WHERE due_ms <= :nowMs OR due_ms > :nowMs + :settleMs + ${FAR_MS}
     ORDER BY due_ms LIMIT ${MOST_AT_ONCE}`,
  );
  const putTold = database.prepare(
    `UPDATE subagents SET parent_id = ?, told = ?, version = ?, due_ms = NULL WHERE session_id = ? AND id = ?`,
  );
  const remove = database.prepare('DELETE FROM subagents WHERE session_id = ? AND id = ?');
  /** Rows that this transaction looked at, by session and id as JSON. */
  const known = new Map<string, Row>();

  const read = (sessionId: string, id: string): Row | undefined => {
    const row = select.get(sessionId, id);
    return row === undefined ? undefined : toRow(row);
  };

  const add = (told: ToldSubagent, atMs: number, dueMs: number): void => {
    const { sessionId, id, name, isSession, call } = told;
    insert.run(sessionId, id, name, Number(isSession), call, atMs, dueMs);
    // Some may have waited for the one that they came from.
    callChildren.run(dueMs, sessionId, id);
  };

  const parentIn = (sessionId: string, { id, call }: Row): string | null =>
    parentOf(
      id,
      call,
      (spanId) => store.fact(`tool:${sessionId}:${spanId}`) ?? store.fact(`span:${sessionId}:${spanId}`),
    );

  /** Numbers from the top to a sub-agent; one that came from itself stands at the top. */
  const pathOf = (sessionId: string, row: Row, below: readonly string[] = []): number[] => {
    const parentId = parentIn(sessionId, row);
    const parent =
      parentId === null || [row.id, ...below].includes(parentId) ? undefined : read(sessionId, parentId);
    return parent === undefined
      ? [row.number]
      : [...pathOf(sessionId, parent, [row.id, ...below]), row.number];
  };

  /** The trees in which a sub-agent stands: its session's, and of one with a session of its own those above it. */
  const placesOf = (sessionId: string, row: Row): Place[] => {
    const places: Place[] = [{ sessionId, path: pathOf(sessionId, row) }];
    for (let below = places[0]; row.isSession && below !== undefined && places.length < MAX_ABOVE; ) {
      const above = parentSessionOf(below.sessionId, (id) => store.fact(`session:${id}`));
      const step = above === null ? undefined : read(above, below.sessionId);
      if (above === null || step === undefined || places.some((place) => place.sessionId === above)) break;
      below = { sessionId: above, path: [...pathOf(above, step), ...below.path] };
      places.push(below);
    }
    return places;
  };

  const tellOne = (sessionId: string, row: Row, nowMs: number): void => {
    if (store.session(sessionId) === undefined) {
      remove.run(sessionId, row.id);
      return;
    }
    const places = placesOf(sessionId, row);
    const told = JSON.stringify([places, row.name, row.beganMs]);
    const isNew = told !== row.told;
    const version = row.version + (isNew ? 1 : 0);
    for (const { sessionId: tree, path } of isNew ? places : []) {
      const session = store.session(tree);
      if (session === undefined) continue;
      const log = toPlaceRecord({ ...row, path, version }, session, settings.instanceId, nowMs);
      outbox.add({ lane: 'digest/logs', log });
    }
    if (isNew) {
      if (row.version > 0) callChildren.run(nowMs, sessionId, row.id);
      // Those that its session began stand elsewhere now, too.
      if (row.isSession) callSessions.run(nowMs, row.id);
    }
    putTold.run(parentIn(sessionId, row), told, version, sessionId, row.id);
  };

  return {
    note(event) {
      const told = isHistory(event, settings) ? null : subagentOf(event);
      if (told === null) return;
      const key = JSON.stringify([told.sessionId, told.id]);
      const row = known.get(key) ?? read(told.sessionId, told.id);
      const atMs = recordTimeMs(event);
      const dueMs = event.receivedMs + settings.settleMs;
      if (row === undefined) {
        add(told, atMs, dueMs);
        return;
      }
      const next = {
        ...row,
        name: row.name ?? told.name,
        call: row.call ?? told.call,
        beganMs: Math.min(row.beganMs, atMs),
      };
      const isNew = next.name !== row.name || next.call !== row.call || next.beganMs !== row.beganMs;
      if (isNew || told.isOver)
        update.run(next.name, next.call, next.beganMs, dueMs, told.sessionId, told.id);
      known.set(key, next);
    },
    reset() {
      known.clear();
    },
    tell(nowMs) {
      const rows = selectDue.all({ nowMs, settleMs: settings.settleMs });
      if (rows.length === 0) return;
      // Synced: what left never comes again with another place.
      transaction(database, () => {
        for (const row of rows) tellOne(String(row.session_id), toRow(row), nowMs);
      });
    },
  };
}

function toRow(row: Record<string, unknown>): Row {
  const text = (value: unknown): string | null => (value === null ? null : String(value));
  return {
    id: String(row.id),
    number: Number(row.number),
    name: text(row.name),
    isSession: row.is_session === 1,
    call: text(row.call),
    beganMs: Number(row.began_ms),
    told: String(row.told),
    version: Number(row.version),
  };
}
