import { projectEvent } from '../../../projections/project-event.ts';
import type { ProjectionStore } from '../../../projections/store.ts';
import { EVENT_COLUMNS, rowEvent } from '../event-row.ts';
import { createProjectionStore } from '../projection-store.ts';
import { PROJECTION_CURSOR } from '../projector/project-events.ts';
import { isDatabaseError } from '../sqlite-error.ts';
import { transaction } from '../transaction.ts';
import type { RebuildContext } from './rebuild-context.ts';

/** Events between two looks at the clock. */
const CHUNK_EVENTS = 100;

/** Projects the journal's events into the scratch, in order. */
export interface Replay {
  /** All that are there by now, in pieces. */
  all(): Generator<void, void>;
  /** What was projected since, once all were replayed. */
  catchUp(): void;
}

/** Creates a replay that has replayed nothing yet. */
export function createReplay(context: RebuildContext): Replay {
  const { database, scratch, knownIds, checkpoint, counts } = context;
  const kept = createProjectionStore(scratch);
  // Places among equals were given once, and events that had one may be gone: they are looked up, not given anew.
  const store: ProjectionStore = { ...kept, isPruned: knownIds.has, ordinal: context.store.ordinal };
  const lanes = { logs: false, traces: false, metrics: false };
  const settings = { ...context.settings, lanes };
  const selectCursor = database.prepare('SELECT seq FROM cursors WHERE name = ?');
  const select = database.prepare(
    `SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${CHUNK_EVENTS}`,
  );
  let seq = 0;
  let isWhole = false;

  const take = (rows: readonly Record<string, unknown>[]): void => {
    try {
      transaction(scratch, () => {
        for (const row of rows) {
          if (!checkpoint.has(String(row.session_id))) projectEvent(rowEvent(row), store, settings);
        }
        kept.flush();
      });
      counts.eventsDone += rows.length;
    } catch (error) {
      kept.reset();
      if (isDatabaseError(error)) throw error;
      // One of them cannot be projected; it is a dead letter since it came.
      if (rows.length > 1) for (const row of rows) take([row]);
      else counts.unreadable += 1;
    }
  };

  const chunk = (): boolean => {
    const rows = select.all(seq, Number(selectCursor.get(PROJECTION_CURSOR)?.seq ?? 0));
    const last = rows.at(-1);
    if (last === undefined) return false;
    take(rows);
    seq = Number(last.seq);
    return true;
  };

  return {
    *all() {
      counts.eventsTotal = Number(database.prepare('SELECT count(*) AS count FROM events').get()?.count);
      while (chunk()) yield;
      isWhole = true;
    },
    catchUp() {
      if (!isWhole) return;
      while (chunk());
    },
  };
}
