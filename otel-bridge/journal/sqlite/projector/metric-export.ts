import { gaugePoints } from '../gauge-points.ts';
import { transaction } from '../transaction.ts';
import type { ProjectorContext } from './context.ts';

/** Unchanged series are repeated this often, or stores take them for gone (Prometheus looks back 5 minutes). */
const REPEAT_MS = 60_000;
/** While more points than this wait for a target, only changes are added. */
const MAX_WAITING_POINTS = 20_000;

/** Puts points of metrics into the outbox. */
export function createMetricExport({
  database,
  series,
  outbox,
  settings,
}: ProjectorContext): (nowMs: number) => void {
  let lastRepeatMs = 0;
  let firstExport = true;
  return (nowMs) => {
    if (!settings.lanes.metrics) return;
    const idle = outbox.waiting('metrics') < MAX_WAITING_POINTS;
    const repeat = idle && nowMs - lastRepeatMs >= REPEAT_MS;
    try {
      // Synced, and everything before with it: a value that left never comes back smaller.
      transaction(database, () => {
        // Nothing left while this process was not running: the last value that did comes first again.
        if (firstExport)
          for (const point of series.lastExported(nowMs - 1)) outbox.add({ lane: 'metrics', point });
        for (const point of series.duePoints(nowMs, repeat)) outbox.add({ lane: 'metrics', point });
        if (idle) {
          for (const point of gaugePoints(database, nowMs, settings.idleEndMs, settings.instanceId)) {
            outbox.add({ lane: 'metrics', point });
          }
        }
        series.flush();
      });
    } catch (error) {
      series.reset();
      throw error;
    }
    firstExport = false;
    if (repeat) lastRepeatMs = nowMs;
  };
}
