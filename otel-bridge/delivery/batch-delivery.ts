import type { OutboxRecord } from '../domain/outbox.ts';
import type { BatchSender } from './batch-sender.ts';
import { cutBatches, halve } from './cut-batches.ts';
import type { PumpHealth } from './pump-health.ts';
import type { SendResult } from './send-result.ts';

/** So many answers of 500 in a row are taken for a bad record that the target stumbles over. */
const MAX_SERVER_ERRORS = 10;

/** Delivers what was read from a lane, whatever it takes. */
export interface BatchDelivery {
  /** Does what can be done before the turn of records that will be delivered next. */
  prepare(records: readonly OutboxRecord[]): void;
  /** Resolves when all records are accepted or given up. @returns false when the pump was told to end before. */
  deliver(records: readonly OutboxRecord[]): Promise<boolean>;
}

/** What delivery of batches needs. */
export interface BatchDeliveryOptions {
  readonly sender: BatchSender;
  readonly health: PumpHealth;
  readonly abort: AbortSignal;
  /**
   * Moves the cursor past a record and everything before it, durably; `refusal` says why the record is given up.
   * @returns false when the pump has to end before it could.
   */
  advance(seq: number, refusal: string | null): Promise<boolean>;
  /** Notes a failure and waits before the next attempt. @returns false when the pump has to end. */
  pause(reason: string, state: 'retrying' | 'misconfigured', retryAfterMs: number | null): Promise<boolean>;
  /** A few records after a position, in lane order. */
  readAfter(seq: number): Promise<readonly OutboxRecord[]>;
}

/**
 * Creates the delivery of one lane to one target.
 *
 * Accepted: the cursor moves, for good. Refused: the batch is halved until the bad record is alone; that one becomes a
 * dead letter and the cursor passes it. (What the target took of a refused batch it gets again, byte for byte, and
 * stores keep it once.) Anything else: the same bytes again, later, without end, since nothing is dropped because a
 * target is away. A target that keeps answering 500 is treated the same, but after ten times the batch is halved, and
 * a record that is alone by then becomes a dead letter once the target accepts another one and still not this: so it
 * is the record that is bad and not the target.
 */
export function createBatchDelivery(options: BatchDeliveryOptions): BatchDelivery {
  const { sender, health, abort, advance, pause, readAfter } = options;
  let serverErrors = 0;
  /**
   * Positions of records that were accepted before their turn. In a batch they are sent again, which does no harm to
   * ours; alone they are not, since an agent's own increments would count twice.
   */
  const acceptedEarly = new Set<number>();
  /** True while the target is known to accept others than the record that it answers 500 to. */
  let isKnownWell = false;

  const giveUp = (record: OutboxRecord, reason: string): Promise<boolean> => {
    health.gaveUp(reason);
    return advance(record.seq, reason);
  };

  /** Whether the target takes another record while it answers 500 to this one. */
  const acceptsAnother = async (bad: OutboxRecord): Promise<boolean> => {
    // A later point of the same series must not overtake.
    const others = (await readAfter(bad.seq)).filter((record) => !isSameSeries(record, bad));
    const other = others.find(({ seq }) => !acceptedEarly.has(seq));
    if (other === undefined) return others.length > 0;
    const isAccepted = (await sender.send([other], abort)).status === 'accepted';
    if (isAccepted) acceptedEarly.add(other.seq);
    return isAccepted;
  };

  /** As `attempt`, after an answer that may be another one later. */
  const retry = async (
    batch: OutboxRecord[],
    first: OutboxRecord,
    { reason, isServerError, retryAfterMs }: SendResult & { status: 'retry' },
  ): Promise<OutboxRecord[][] | null> => {
    serverErrors = isServerError ? serverErrors + 1 : 0;
    const isStuck = serverErrors >= MAX_SERVER_ERRORS;
    if (isStuck && batch.length === 1) {
      if (isKnownWell) {
        serverErrors = 0;
        health.refused(reason);
        return (await giveUp(first, `${reason} (again and again, while others are accepted)`)) ? [] : null;
      }
      // It may have become well since it answered for this record: that one gets another chance first.
      isKnownWell = await acceptsAnother(first);
      if (isKnownWell) return [batch];
    }
    isKnownWell = false;
    if (!(await pause(reason, 'retrying', retryAfterMs))) return null;
    return isStuck && batch.length > 1 ? halve(batch) : [batch];
  };

  /** Sends one batch once. @returns what is left of it to send, null when the pump has to end. */
  const attempt = async (batch: OutboxRecord[]): Promise<OutboxRecord[][] | null> => {
    const [first] = batch;
    const last = batch.at(-1);
    if (first === undefined || last === undefined) return [];
    const isDelivered = batch.length === 1 && acceptedEarly.delete(first.seq);
    if (isDelivered) return (await advance(first.seq, null)) ? [] : null;
    const result = await sender.send(batch, abort);
    if (abort.aborted) return null;
    if (result.status === 'retry') return retry(batch, first, result);
    serverErrors = 0;
    isKnownWell = false;
    switch (result.status) {
      case 'too_large':
        return halve(batch);
      case 'accepted':
        health.accepted(result.warning);
        for (const { seq } of batch) acceptedEarly.delete(seq);
        return (await advance(last.seq, null)) ? [] : null;
      case 'refused':
        health.refused(result.reason);
        if (batch.length > 1) return halve(batch);
        return (await giveUp(first, result.reason)) ? [] : null;
      case 'misconfigured':
        return (await pause(result.reason, 'misconfigured', null)) ? [batch] : null;
    }
  };

  /** The records that were prepared last, cut. */
  let prepared: { readonly records: readonly OutboxRecord[]; readonly batches: OutboxRecord[][] } | null =
    null;

  return {
    prepare(records) {
      const batches = cutBatches(records);
      prepared = { records, batches };
      if (batches[0] !== undefined) sender.prepare(batches[0]);
    },
    async deliver(records) {
      const pending = prepared?.records === records ? prepared.batches : cutBatches(records);
      prepared = null;
      for (let batch = pending.shift(); batch !== undefined; batch = pending.shift()) {
        const left = await attempt(batch);
        if (left === null) return false;
        pending.unshift(...left);
      }
      return true;
    },
  };
}

function isSameSeries(a: OutboxRecord, b: OutboxRecord): boolean {
  return a.lane === 'metrics' && b.lane === 'metrics' && a.point.seriesId === b.point.seriesId;
}
