import type { JournalEvent } from '../../../domain/event.ts';
import { isFirm } from '../../../projections/attribution.ts';
import { isSilent, projectEvent } from '../../../projections/project-event.ts';
import { projectRemainders } from '../../../projections/remainder-fact.ts';
import { EVENT_COLUMNS, rowEvent } from '../event-row.ts';
import type { ProjectorContext } from './context.ts';
import type { FactSettlement } from './settle-facts.ts';
import type { Turn } from './turn.ts';

/** The most events of one step. */
const STEP_EVENTS = 512;
/** Name of the cursor up to which events are projected. */
export const PROJECTION_CURSOR = 'projection';

/** Takes events into sessions and facts, in order; facts that are due at once settle in the same step. */
export function createEventProjection(
  context: ProjectorContext,
  settlement: FactSettlement,
): (nowMs: number, turn: Turn) => boolean {
  const { database, store, settings } = context;
  const selectCursor = database.prepare('SELECT seq FROM cursors WHERE name = ?');
  const putCursor = database.prepare(
    'INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq',
  );
  const selectEvents = database.prepare(
    `SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const putLogDue = database.prepare(
    'INSERT OR IGNORE INTO log_due (event_seq, due_ms, fact_key) VALUES (?, ?, ?)',
  );
  const putAside = database.prepare(
    "INSERT INTO dead_letters (target, lane, reason, failed_ms, record) VALUES ('projection', ?, ?, ?, ?)",
  );

  /** Sessions whose calls or sums changed in this step: when calls were made; none = the sums changed. */
  const changed = new Map<string, number[]>();
  const noteChange = ({ type, tsMs, correlation: { sessionId } }: JournalEvent): void => {
    if (sessionId === undefined) return;
    if (type === 'session.end') changed.set(sessionId, []);
    if (type !== 'api.request') return;
    const known = changed.get(sessionId);
    if (known === undefined) changed.set(sessionId, [tsMs]);
    else if (known.length > 0) known.push(tsMs);
  };

  /** Whether records tell more of an event's session than its own; nothing follows one that was forgotten. */
  const isFollowed = (event: JournalEvent): boolean =>
    context.outbox.isTaken('digest/logs') && !isSilent(event) && context.sessionOf(event) !== undefined;

  const take = (row: Record<string, unknown>): void => {
    const event = rowEvent(row);
    const fact = projectEvent(event, store, settings);
    noteChange(event);
    if (isFollowed(event)) {
      context.modes.note(event);
      context.subagents.note(event);
    }
    if (fact === null || !settings.lanes.logs) return;
    const session = context.sessionOf(event);
    if (session === undefined || isFirm(session)) context.log(event, fact);
    else putLogDue.run(event.journalSeq, event.receivedMs + settings.settleMs, fact.key);
  };

  return (nowMs, turn) => {
    const cursor = Number(selectCursor.get(PROJECTION_CURSOR)?.seq ?? 0);
    const rows = selectEvents.all(cursor, turn.rows(STEP_EVENTS));
    if (rows.length === 0) return false;
    context.each(rows, turn, {
      take,
      finish(last) {
        for (const [sessionId, atMs] of changed) projectRemainders(sessionId, atMs, nowMs, store, settings);
        changed.clear();
        for (const fact of store.changedDue(nowMs)) settlement.settle(fact, nowMs);
        putCursor.run(PROJECTION_CURSOR, Number(last.seq));
      },
      putAside(row, reason) {
        const record = Buffer.from(String(row.body));
        putAside.run(String(row.type), `event "${String(row.id)}": ${reason}`, nowMs, record);
      },
    });
    return true;
  };
}
