import type { OutboxRecord } from '../domain/outbox.ts';

/**
 * Cuts records of one lane, in lane order, into what may travel in one request:
 * a raw record is a request of its own, and a request never carries two points of one series, since a store may take
 * them in either order.
 */
export function cutBatches(records: readonly OutboxRecord[]): OutboxRecord[][] {
  const batches: OutboxRecord[][] = [];
  let batch: OutboxRecord[] = [];
  const series = new Set<number>();
  for (const record of records) {
    const repeats = record.lane === 'metrics' && series.has(record.point.seriesId);
    if (repeats || 'body' in record) {
      if (batch.length > 0) batches.push(batch);
      batch = [];
      series.clear();
    }
    batch.push(record);
    if (record.lane === 'metrics') series.add(record.point.seriesId);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Two halves of a batch of two records or more, in order. */
export function halve(batch: readonly OutboxRecord[]): [OutboxRecord[], OutboxRecord[]] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}
