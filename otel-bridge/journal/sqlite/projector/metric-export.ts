import { gaugePoints } from '../gauge-points.ts';
import { createToldGauges } from '../told-gauges.ts';
import { transaction } from '../transaction.ts';
import { upsertSql } from '../upsert.ts';
import type { ProjectorContext } from './context.ts';

/** Stores show the last value of a series for so long (Prometheus). */
const SHOWN_MS = 300_000;
/** Unchanged series are repeated this often, or stores take them for gone. */
const REPEAT_MS = 60_000;
/** While more points than this wait for a target, only changes are added. */
const MAX_WAITING_POINTS = 20_000;

/** Ids of sampled gauges, apart from those of the read model. */
const FIRST_SAMPLE_ID = -1_000_000_000;

/** Name in the table `meta` of the time of the newest points, unix ms. */
const LAST_EXPORT = 'last_export_ms';
/** What was delivered last, and what is new, have a time of their own within one export. */
const MIN_STEP_MS = 2;

/** Puts points of metrics into the outbox. */
export function createMetricExport({
  database,
  series,
  outbox,
  samples,
  settings,
}: ProjectorContext): (nowMs: number) => void {
  const selectLast = database.prepare('SELECT value FROM meta WHERE key = ?');
  const putLast = database.prepare(upsertSql('meta', ['key', 'value']));
  let lastMs = Number(selectLast.get(LAST_EXPORT)?.value ?? 0);
  let lastRepeatMs = 0;
  const told = createToldGauges(database);
  return (nowMs) => {
    if (!settings.lanes.metrics) return;
    // A clock that was set back does not set back what stores have: they refuse what is older than that.
    const exportMs = Math.max(nowMs, lastMs + MIN_STEP_MS);
    const idle = outbox.waiting('metrics') < MAX_WAITING_POINTS;
    const repeat = idle && Math.abs(nowMs - lastRepeatMs) >= REPEAT_MS;
    try {
      // Synced, and everything before with it: a value that left never comes back smaller.
      transaction(database, () => {
        for (const point of series.duePoints(exportMs, repeat, lastMs + 1))
          outbox.add({ lane: 'metrics', point });
        if (idle) {
          const points = [
            ...gaugePoints(database, nowMs, settings.idleEndMs, settings.instanceId),
            ...(samples?.gauges(nowMs, FIRST_SAMPLE_ID) ?? []),
          ].map((point) => ({ ...point, startMs: exportMs, tsMs: exportMs }));
          const gone = told.replace(points, exportMs);
          for (const point of points) outbox.add({ lane: 'metrics', point });
          // After a longer silence nobody shows them any more, and an end would only make them known again.
          if (exportMs - lastMs < SHOWN_MS) for (const point of gone) outbox.add({ lane: 'metrics', point });
        }
        series.flush();
        putLast.run(LAST_EXPORT, String(exportMs));
      });
    } catch (error) {
      series.reset();
      throw error;
    }
    lastMs = exportMs;
    if (repeat) lastRepeatMs = nowMs;
  };
}
