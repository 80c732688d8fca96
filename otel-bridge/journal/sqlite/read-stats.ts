import type { DatabaseSync } from 'node:sqlite';
import type { JournalStats } from '../../domain/read-model.ts';
import { journalSizeBytes } from './journal-size.ts';

/** Counts and sizes of the journal. */
export function createStatsReader(database: DatabaseSync, path: string): () => JournalStats {
  const select = database.prepare(
    `SELECT (SELECT count(*) FROM events) AS events,
       (SELECT count(*) FROM sessions) AS sessions,
       (SELECT count(*) FROM events
         WHERE seq > coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0)) AS unprojected_events,
       (SELECT count(*) FROM facts WHERE due_ms IS NOT NULL) AS pending_facts,
       (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM dead_letters) AS dead_letters,
       (SELECT min(ts_ms) FROM events) AS oldest_ms, (SELECT max(ts_ms) FROM events) AS newest_ms`,
  );
  return () => {
    const row = select.get() ?? {};
    return {
      events: Number(row.events),
      sessions: Number(row.sessions),
      unprojectedEvents: Number(row.unprojected_events),
      pendingFacts: Number(row.pending_facts),
      outbox: Number(row.outbox),
      deadLetters: Number(row.dead_letters),
      sizeBytes: journalSizeBytes(path),
      oldestEventMs: typeof row.oldest_ms === 'number' ? row.oldest_ms : null,
      newestEventMs: typeof row.newest_ms === 'number' ? row.newest_ms : null,
    };
  };
}
