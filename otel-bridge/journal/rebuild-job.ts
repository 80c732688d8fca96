import type { Journal, RebuildCounts, RebuildStatus } from '../domain/journal.ts';

/** Where a job tells what it did. pino fits. */
export interface RebuildLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Rebuilds the read model in the background, one at a time. */
export interface RebuildJob {
  /** Begins, unless it is at it already. */
  start(): RebuildStatus;
  status(): RebuildStatus;
}

const NOTHING: RebuildCounts = {
  eventsDone: 0,
  eventsTotal: 0,
  checked: 0,
  corrected: 0,
  added: 0,
  removed: 0,
  unreadable: 0,
};

/** Creates a job that has not begun. @param now unix ms */
export function createRebuildJob(
  journal: Pick<Journal, 'rebuild'>,
  log: RebuildLog,
  now: () => number = Date.now,
): RebuildJob {
  let status: RebuildStatus = {
    state: 'never',
    startedMs: null,
    endedMs: null,
    reason: null,
    counts: NOTHING,
  };
  const run = async (): Promise<void> => {
    try {
      const counts = await journal.rebuild((progress) => {
        status = { ...status, counts: progress };
      });
      status = { ...status, state: 'done', endedMs: now(), counts };
      log.info({ ...counts }, 'rebuilt the read model from the events');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      status = { ...status, state: 'failed', endedMs: now(), reason };
      log.error({ err: error }, 'cannot rebuild the read model; it can be tried again');
    }
  };
  return {
    start() {
      if (status.state !== 'running') {
        status = { state: 'running', startedMs: now(), endedMs: null, reason: null, counts: NOTHING };
        void run();
      }
      return status;
    },
    status: () => status,
  };
}
