import type { DatabaseSync } from 'node:sqlite';
import type { JournalLoad } from '../../domain/read-model.ts';
import { journalSizeBytes } from './journal-size.ts';

/** What there is to do, read from indexes alone: it costs the same with any number of events. */
export function createLoadReader(database: DatabaseSync, path: string): () => JournalLoad {
  const select = database.prepare(
    `SELECT coalesce((SELECT max(seq) FROM events), 0)
         - coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0) AS unprojected_events,
       (SELECT count(*) FROM facts WHERE due_ms IS NOT NULL) AS pending_facts,
       (SELECT count(*) FROM dead_letters) AS dead_letters,
       (SELECT value FROM meta WHERE key = 'instance_id') AS instance_id`,
  );
  return () => {
    const row = select.get() ?? {};
    return {
      instanceId: String(row.instance_id),
      unprojectedEvents: Math.max(0, Number(row.unprojected_events)),
      pendingFacts: Number(row.pending_facts),
      deadLetters: Number(row.dead_letters),
      sizeBytes: journalSizeBytes(path),
    };
  };
}
