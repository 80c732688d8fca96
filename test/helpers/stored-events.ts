import { DatabaseSync } from 'node:sqlite';
import { eventNumber } from './event-load.ts';

/** Numbers of a load's events in the journal, in its order, read from the file itself. */
export function storedNumbers(journalPath: string, name: string): number[] {
  using database = new DatabaseSync(journalPath, { readOnly: true });
  const numbers: number[] = [];
  for (const { id } of database.prepare('SELECT id FROM events ORDER BY seq').iterate()) {
    const n = eventNumber(name, String(id));
    if (n !== null) numbers.push(n);
  }
  return numbers;
}

/** A dead letter of the journal, read from the file itself. */
export interface StoredDeadLetter {
  readonly lane: string;
  readonly reason: string;
  /** JSON of the record. */
  readonly record: string;
}

/** All dead letters in the journal. */
export function storedDeadLetters(journalPath: string): StoredDeadLetter[] {
  using database = new DatabaseSync(journalPath, { readOnly: true });
  return database
    .prepare('SELECT lane, reason, record FROM dead_letters')
    .all()
    .map(({ lane, reason, record }) => ({
      lane: String(lane),
      reason: String(reason),
      record: Buffer.from(record as Uint8Array).toString('utf8'),
    }));
}
