import { setImmediate } from 'node:timers/promises';
import type { Lane, OutboxRecord } from '../domain/outbox.ts';
import { createBatchDelivery } from './batch-delivery.ts';
import type { BatchSender } from './batch-sender.ts';
import type { DeliveryJournal, DeliveryLog, DeliveryTimings, PumpStatus } from './delivery.ts';
import { createInterruptibleWait } from './interruptible-wait.ts';
import { createPumpHealth } from './pump-health.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Records of ours that are read at once and travel in one request. */
const MAX_BATCH_RECORDS = 512;
/** Raw requests may be megabytes each and travel alone: few are read at once. */
const RAW_READ_RECORDS = 4;

/** Carries one lane to one target, in order, each record at least once. */
export interface LanePump {
  /** Tells that there may be something to send. */
  wake(): void;
  /** Sends what is left without lingering and ends at the first failure. */
  drain(): void;
  /** Ends now; what is under way is sent again after the next start. */
  stop(): void;
  /** Resolves when the pump has ended. */
  readonly ended: Promise<void>;
  status(): Promise<PumpStatus>;
}

/** What a pump needs. */
export interface LanePumpOptions {
  readonly target: string;
  readonly lane: Lane;
  readonly journal: DeliveryJournal;
  readonly sender: BatchSender;
  /** Batches that are not full leave at most this often; 0 = as soon as there is a record. */
  readonly lingerMs: number;
  readonly timings: DeliveryTimings;
  readonly log: DeliveryLog;
  /** Unix ms. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Starts a pump: it reads up to a batch after its cursor, delivers it, and does so again. */
export function startLanePump(options: LanePumpOptions): LanePump {
  const { target, lane, journal, sender, lingerMs, timings, log, now, random } = options;
  const fields = { target, lane };
  const readLimit = lane.startsWith('raw/') ? RAW_READ_RECORDS : MAX_BATCH_RECORDS;
  const health = createPumpHealth({ fields, log, now });
  const wait = createInterruptibleWait();
  const abort = new AbortController();
  let draining = false;
  let cursor = 0;

  const isOver = (): boolean => abort.signal.aborted || (draining && health.failures > 0);

  /** Sleeps on when only new records were announced. Times are of the monotonic clock: the other one may be set. */
  const sleepUntil = async (untilMs: number, isEnough: () => boolean): Promise<void> => {
    while (!isEnough() && performance.now() < untilMs) {
      await wait.sleep(Math.max(1, untilMs - performance.now()));
    }
  };

  const pause = async (
    reason: string,
    state: 'retrying' | 'misconfigured',
    retryAfterMs: number | null,
  ): Promise<boolean> => {
    health.failed(reason, state);
    await sleepUntil(
      performance.now() + retryDelayMs(health.failures, retryAfterMs, timings, random),
      isOver,
    );
    return !isOver();
  };

  /**
   * Calls the journal until it works: it fails while the disk is full, which is nothing to give up for.
   * @returns undefined when the pump has to end before.
   */
  const persist = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    for (let hasFailed = false; !isOver(); hasFailed = true) {
      try {
        const value = await call();
        if (hasFailed) health.recovered();
        return value;
      } catch (error) {
        await pause(`journal: ${error instanceof Error ? error.message : String(error)}`, 'retrying', null);
      }
    }
    return undefined;
  };

  const delivery = createBatchDelivery({
    sender,
    health,
    abort: abort.signal,
    pause,
    readAfter: async (seq) => (await persist(() => journal.readOutbox(lane, seq, readLimit))) ?? [],
    async advance(seq, refusal) {
      const refused = refusal === null ? [] : [{ seq, reason: refusal }];
      const isDone = await persist(async () => {
        await journal.advanceCursor(target, lane, seq, refused);
        return true;
      });
      if (isDone) cursor = seq;
      return isDone === true;
    },
  });

  /** The batch after a position, made ready to be sent; none where it is not full, since it may linger and grow. */
  const readAhead = async (seq: number): Promise<readonly OutboxRecord[]> => {
    // The batch before is on its way first.
    await setImmediate();
    try {
      const records = await journal.readOutbox(lane, seq, readLimit);
      if (records.length < readLimit) return [];
      delivery.prepare(records);
      return records;
    } catch {
      // Read again in its turn, and said then.
      return [];
    }
  };

  const run = async (): Promise<void> => {
    cursor = (await persist(() => journal.readCursor(target, lane))) ?? 0;
    let lingerUntilMs = 0;
    /** What was read while the batch before it was under way. */
    let ahead: readonly OutboxRecord[] = [];
    while (!isOver()) {
      const records =
        ahead.length > 0 ? ahead : ((await persist(() => journal.readOutbox(lane, cursor, readLimit))) ?? []);
      ahead = [];
      if (records.length === 0) {
        if (draining) return;
        health.enter('idle');
        await wait.sleep(timings.pollMs);
      } else if (records.length < readLimit && performance.now() < lingerUntilMs && !draining) {
        // Looks again now and then, since the batch may be full before its time.
        const untilMs = Math.min(lingerUntilMs, performance.now() + timings.pollMs);
        await sleepUntil(untilMs, () => draining || isOver());
      } else {
        health.enter('sending');
        // The end of what waited is sent with the rest of it, not an interval later.
        if (records.length < readLimit) lingerUntilMs = performance.now() + lingerMs;
        // A full batch has more behind it: while the target takes this one, the next is made ready.
        const last = records.length < readLimit ? undefined : records.at(-1);
        const [delivered, next] = await Promise.all([
          delivery.deliver(records),
          last === undefined ? [] : readAhead(last.seq),
        ]);
        if (!delivered) return;
        ahead = next;
      }
    }
  };

  /** A fault of ours in one lane must not end the others, nor this one for good. */
  const runGuarded = async (): Promise<void> => {
    for (let isEnded = false; !isEnded; ) {
      try {
        await run();
        isEnded = true;
      } catch (error) {
        log.error(
          { ...fields, err: error },
          'Delivery of a lane failed by a fault of its own; it starts again',
        );
        isEnded = !(await pause(error instanceof Error ? error.message : String(error), 'retrying', null));
      }
    }
    health.enter('stopped');
  };

  return {
    wake: () => wait.wake(),
    drain() {
      draining = true;
      wait.wake();
    },
    stop() {
      abort.abort();
      wait.wake();
    },
    ended: runGuarded(),
    status: async () => ({
      target,
      lane,
      ...health.status(),
      lagRecords: await journal.countOutbox(lane, cursor),
    }),
  };
}
