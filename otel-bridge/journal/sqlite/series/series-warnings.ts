import type { DatabaseSync } from 'node:sqlite';
import { upsertSql } from '../upsert.ts';
import type { SeriesStore } from './series-store.ts';

/** Name in the table `meta` of what there is to say of series, a JSON array of sentences. */
export const SERIES_WARNINGS = 'series_warnings';

/** Builds what keeps the warnings of a series store where readers find them. Call it now and then. */
export function createSeriesWarnings(
  database: DatabaseSync,
  series: Pick<SeriesStore, 'warnings'>,
): () => void {
  const put = database.prepare(upsertSql('meta', ['key', 'value']));
  let known: string | null = null;
  return () => {
    const text = JSON.stringify(series.warnings());
    if (text === known) return;
    put.run(SERIES_WARNINGS, text);
    known = text;
  };
}
