import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../domain/event.ts';
import type { EventFilter } from '../../domain/read-model.ts';
import { EVENT_COLUMNS, rowEvent } from './event-row.ts';

/** Events by any combination of filters, newest first. */
export function createEventReader(database: DatabaseSync): (filter: EventFilter) => JournalEvent[] {
  return ({ sessionId, type, framework, limit }) => {
    const conditions: string[] = [];
    const values: string[] = [];
    const where = (condition: string, value: string | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    where('seq IN (SELECT seq FROM events_of_sessions WHERE session_id = ?)', sessionId);
    where('type = ?', type);
    where('framework = ?', framework);
    // Built per filter: with "? IS NULL OR ..." SQLite would use none of the indexes.
    const statement = database.prepare(
      `SELECT seq, ${EVENT_COLUMNS} FROM events
       ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY ts_ms DESC, seq DESC LIMIT ?`,
    );
    return statement.all(...values, limit).map(rowEvent);
  };
}
