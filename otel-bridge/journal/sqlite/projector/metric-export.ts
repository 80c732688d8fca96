import { gaugePoints } from '../gauge-points.ts';
import { transaction } from '../transaction.ts';
import { upsertSql } from '../upsert.ts';
import type { ProjectorContext } from './context.ts';

/** Unchanged series are repeated this often, or stores take them for gone (Prometheus looks back 5 minutes). */
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
          for (const point of gaugePoints(database, nowMs, settings.idleEndMs, settings.instanceId)) {
            outbox.add({ lane: 'metrics', point: { ...point, startMs: exportMs, tsMs: exportMs } });
          }
          for (const point of samples?.gauges(nowMs, FIRST_SAMPLE_ID) ?? []) {
            outbox.add({ lane: 'metrics', point: { ...point, startMs: exportMs, tsMs: exportMs } });
          }
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
