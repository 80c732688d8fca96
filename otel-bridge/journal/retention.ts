import type { Journal } from '../domain/journal.ts';
import { createSteadyClock } from './steady-clock.ts';

/** How often old events are looked for. The first time is soon after the start: a laptop may never run for an hour. */
const INTERVAL_MS = 3_600_000;
const FIRST_MS = 60_000;

/** Where retention tells what it did. pino fits. */
export interface RetentionLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What retention needs. */
export interface RetentionOptions {
  readonly journal: Pick<Journal, 'prune'>;
  /** Events older than this are deleted, ms. What is known from them (usage by day, counters) stays. */
  readonly maxAgeMs: number;
  readonly log: RetentionLog;
  /** Unix ms; null while the clock cannot be trusted. @default createSteadyClock() */
  readonly clock?: () => number | null;
  /** @default 60000 */
  readonly firstMs?: number;
}

/** Keeps the journal from growing for ever, until it is disposed of. */
export function startRetention(options: RetentionOptions): Disposable {
  const { journal, maxAgeMs, log, clock = createSteadyClock(), firstMs = FIRST_MS } = options;
  const run = async (): Promise<void> => {
    const nowMs = clock();
    if (nowMs === null) {
      log.info({}, 'the clock was set: nothing is deleted by age for an hour');
      return;
    }
    try {
      const { events } = await journal.prune({ beforeMs: nowMs - maxAgeMs });
      if (events > 0) log.info({ events }, 'deleted events that are older than retention.journal');
    } catch (error) {
      log.error({ err: error }, 'cannot delete old events; it is tried again in an hour');
    }
  };
  const first = setTimeout(() => {
    void run();
  }, firstMs);
  const timer = setInterval(() => {
    void run();
  }, INTERVAL_MS);
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
