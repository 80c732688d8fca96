import type { DatabaseSync } from 'node:sqlite';
import {
  LANES,
  type Lane,
  type LogRecord,
  type MetricPoint,
  type OutboxRecord,
  type SpanRecord,
} from '../../domain/outbox.ts';

/** Which targets take which lane; a lane without one is not written. */
export type LaneTargets = Readonly<Record<Lane, readonly string[]>>;

/** The writing side of the outbox. */
export interface OutboxTable {
  /** Adds a record of ours; nothing where no target takes the lane. */
  add(
    record:
      | { lane: 'logs' | 'digest/logs'; log: LogRecord }
      | { lane: 'traces'; span: SpanRecord }
      | { lane: 'metrics'; point: MetricPoint },
  ): void;
  /** Whether a target takes a lane. */
  isTaken(lane: Lane): boolean;
  addRaw(lane: 'raw/logs' | 'raw/metrics' | 'raw/traces', body: Uint8Array): void;
  /** How many records of a lane wait for at least one target. */
  waiting(lane: Lane): number;
  /** Deletes what every target of the lane has. */
  prune(lane: Lane): void;
  /** Lanes that got records since the last call. */
  takeChanged(): Lane[];
}

/** Opens the outbox on the journal's writing connection. */
export function createOutboxTable(database: DatabaseSync, targets: LaneTargets): OutboxTable {
  const insert = database.prepare('INSERT INTO outbox (lane, record) VALUES (?, ?)');
  const count = database.prepare('SELECT count(*) AS count FROM outbox WHERE lane = ?');
  const cursor = database.prepare('SELECT seq FROM cursors WHERE name = ?');
  const remove = database.prepare('DELETE FROM outbox WHERE lane = ? AND seq <= ?');
  const changed = new Set<Lane>();
  const put = (lane: Lane, record: Uint8Array): void => {
    if (targets[lane].length === 0) return;
    insert.run(lane, record);
    changed.add(lane);
  };
  return {
    add(record) {
      const value = 'log' in record ? record.log : 'span' in record ? record.span : record.point;
      if (targets[record.lane].length > 0) put(record.lane, Buffer.from(JSON.stringify(value)));
    },
    isTaken: (lane) => targets[lane].length > 0,
    addRaw: put,
    waiting: (lane) => Number(count.get(lane)?.count ?? 0),
    prune(lane) {
      const positions = targets[lane].map((target) => Number(cursor.get(cursorName(target, lane))?.seq ?? 0));
      if (positions.length > 0) remove.run(lane, Math.min(...positions));
    },
    takeChanged() {
      const lanes = LANES.filter((lane) => changed.has(lane));
      changed.clear();
      return lanes;
    },
  };
}

/** Name of the cursor of a target in a lane. */
export function cursorName(target: string, lane: Lane): string {
  return `target:${target}:${lane}`;
}

/** The record of a row of the table `outbox`. */
export function rowRecord(row: Record<string, unknown>): OutboxRecord {
  const seq = Number(row.seq);
  const lane = row.lane as Lane;
  const bytes = row.record as Uint8Array;
  if (lane === 'raw/logs' || lane === 'raw/metrics' || lane === 'raw/traces')
    return { seq, lane, body: bytes };
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (lane === 'logs' || lane === 'digest/logs') return { seq, lane, log: value as LogRecord };
  if (lane === 'traces') return { seq, lane, span: value as SpanRecord };
  return { seq, lane, point: value as MetricPoint };
}
