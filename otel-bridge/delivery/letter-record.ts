import type { DeadLetter } from '../domain/journal.ts';
import type { LogRecord, MetricPoint, OutboxRecord, SpanRecord } from '../domain/outbox.ts';

/** The record of a dead letter, as it stood in the outbox but for its position. */
export function letterRecord({ lane, record }: DeadLetter): OutboxRecord {
  const seq = 0;
  switch (lane) {
    case 'logs':
    case 'digest/logs':
      return { seq, lane, log: JSON.parse(record) as LogRecord };
    case 'traces':
      return { seq, lane, span: JSON.parse(record) as SpanRecord };
    case 'metrics':
      return { seq, lane, point: JSON.parse(record) as MetricPoint };
    default:
      return { seq, lane, body: Buffer.from(record, 'base64') };
  }
}
