import { EVENT_COLUMNS, rowEvent } from '../event-row.ts';
import type { ProjectorContext } from './context.ts';
import type { Turn } from './turn.ts';

/** The most records of one step. */
const STEP_RECORDS = 512;

/** Lets out log records that waited until their session's attribution was known better. */
export function createDelayedLogs(context: ProjectorContext): (nowMs: number, turn: Turn) => boolean {
  const { database, store } = context;
  const selectDue = database.prepare(
    'SELECT event_seq, fact_key FROM log_due WHERE due_ms <= ? ORDER BY due_ms, event_seq LIMIT ?',
  );
  const selectEvent = database.prepare(`SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq = ?`);
  const remove = database.prepare('DELETE FROM log_due WHERE event_seq = ?');
  const putAside = database.prepare(
    "INSERT INTO dead_letters (target, lane, reason, failed_ms, record) VALUES ('projection', 'logs', ?, ?, ?)",
  );
  return (nowMs, turn) => {
    const rows = selectDue.all(nowMs, turn.rows(STEP_RECORDS));
    if (rows.length === 0) return false;
    context.each(rows, turn, {
      take(due) {
        const seq = Number(due.event_seq);
        const row = selectEvent.get(seq);
        const fact = store.fact(String(due.fact_key));
        remove.run(seq);
        if (row !== undefined && fact !== undefined) context.log(rowEvent(row), fact);
      },
      putAside(due, reason) {
        remove.run(Number(due.event_seq));
        putAside.run(`fact "${String(due.fact_key)}": ${reason}`, nowMs, Buffer.alloc(0));
      },
    });
    return true;
  };
}
