import { setTimeout as delay } from 'node:timers/promises';
import type { Sink } from '../load/load-generator.ts';

/** Path of the bridge's own log records at the sink: one for each event. */
const LOGS = '/v1/logs';

/** What came of a drain. */
export interface DrainResult {
  /** From the first request that was taken to the last record. */
  readonly drainedPerSecond: number;
  /** From when the sink would have taken requests to the first one. */
  readonly waitedSeconds: number;
}

/**
 * Lets a sink that refused everything take requests, and waits until it has a log record of every event.
 * @throws Error when that does not happen
 */
export async function drainInto(sink: Sink, events: number): Promise<DrainResult> {
  const openedMs = performance.now();
  await sink.answer(200);
  let startedMs: number | null = null;
  for (let last = { records: 0, atMs: openedMs }; ; ) {
    const { [LOGS]: logs } = await sink.state();
    const nowMs = performance.now();
    const records = logs?.distinct ?? 0;
    if (records > 0) startedMs ??= nowMs;
    if (records >= events && startedMs !== null) {
      return {
        drainedPerSecond: events / ((nowMs - startedMs) / 1000),
        waitedSeconds: (startedMs - openedMs) / 1000,
      };
    }
    if (records > last.records) last = { records, atMs: nowMs };
    if (nowMs - last.atMs > 120_000) {
      throw new Error(`${records} of ${events} events reached the sink, and no more come`);
    }
    await delay(20);
  }
}
