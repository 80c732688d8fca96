import type { DatabaseSync } from 'node:sqlite';
import { type BulkIndex, createBulkIndex } from './bulk-index.ts';

const PARTS = 32;
/** Readers look through these one by one. */
const MAX_WAITING = 8192;

/** An event of a session. */
interface SessionEvent {
  readonly sessionId: string;
  readonly tsMs: number;
  readonly seq: number;
}

/** Knows which events a session has; read it through the view `events_of_sessions`. */
export interface SessionEvents {
  /** Takes an event that is stored in this transaction. */
  take(event: SessionEvent): void;
  /** Forgets an event that is deleted in this transaction. */
  remove(event: SessionEvent): void;
  /** How these are written. */
  readonly index: BulkIndex<SessionEvent>;
}

/** Opens the index on the journal's writing connection. @param options.maxWaiting events that wait, for tests */
export function openSessionEvents(
  database: DatabaseSync,
  { maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {},
): SessionEvents {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO session_events (session_id, ts_ms, seq) VALUES (?, ?, ?)',
  );
  const remove = database.prepare(
    'DELETE FROM session_events WHERE session_id = ? AND ts_ms = ? AND seq = ?',
  );
  const index = createBulkIndex<SessionEvent>({
    database,
    name: 'sessions',
    parts: PARTS,
    partOf: ({ sessionId }) => sessionId.charCodeAt(0) + sessionId.charCodeAt(sessionId.length - 1),
    maxWaiting,
    sort: (events) => events.sort(compare),
    insert: ({ sessionId, tsMs, seq }) => {
      insert.run(sessionId, tsMs, seq);
    },
  });
  return {
    take: (event) => index.take(event, event.seq),
    remove({ sessionId, tsMs, seq }) {
      remove.run(sessionId, tsMs, seq);
    },
    index,
  };
}

function compare(a: SessionEvent, b: SessionEvent): number {
  if (a.sessionId !== b.sessionId) return a.sessionId < b.sessionId ? -1 : 1;
  return a.tsMs - b.tsMs || a.seq - b.seq;
}
