import type { DatabaseSync } from 'node:sqlite';
import type { JournalLoad } from '../../domain/read-model.ts';
import { readGivenUp } from './dead-letter-limit.ts';
import { journalSizeBytes } from './journal-size.ts';
import { CORRECTIONS } from './projection-store.ts';
import { SERIES_WARNINGS } from './series/series-warnings.ts';

/** What there is to do, read from indexes alone: it costs the same with any number of events. */
export function createLoadReader(database: DatabaseSync, path: string): () => JournalLoad {
  const select = database.prepare(
    `SELECT coalesce((SELECT max(seq) FROM events), 0)
         - coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0) AS unprojected_events,
       (SELECT count(*) FROM facts WHERE due_ms IS NOT NULL) AS pending_facts,
       (SELECT count(*) FROM dead_letters) AS dead_letters,
       (SELECT value FROM meta WHERE key = 'instance_id') AS instance_id,
       (SELECT value FROM meta WHERE key = '${CORRECTIONS}') AS facts_corrected,
       (SELECT value FROM meta WHERE key = '${SERIES_WARNINGS}') AS warnings`,
  );
  return () => {
    const row = select.get() ?? {};
    return {
      instanceId: String(row.instance_id),
      unprojectedEvents: Math.max(0, Number(row.unprojected_events)),
      pendingFacts: Number(row.pending_facts),
      factsCorrected: Number(row.facts_corrected ?? 0),
      deadLetters: Number(row.dead_letters),
      deadLettersGivenUp: readGivenUp(database),
      sizeBytes: journalSizeBytes(path),
      warnings: JSON.parse(String(row.warnings ?? '[]')) as string[],
    };
  };
}
