/**
 * The least that storing events in SQLite can cost: rows that are ready, inserted 512 a commit into a journal with the
 * bridge's own schema and settings (WAL, synchronous=FULL), with random ids, one in 20 twice.
 *
 * node sqlite-loop.ts JOURNAL WARMUP_SECONDS SECONDS prints the rows per second.
 */
import { randomBytes } from 'node:crypto';
import { EVENT_COLUMNS, type EventRow, eventRow } from '../../../otel-bridge/journal/sqlite/event-row.ts';
import { openDatabase } from '../../../otel-bridge/journal/sqlite/open-database.ts';
import { decodeEnvelope } from '../../../otel-bridge/sources/envelope/decode-envelope.ts';
import { plainEnvelopes } from '../payload/envelopes.ts';

const ROWS_PER_COMMIT = 512;
const DUPLICATES = 0.05;

const [path = '', warmupSeconds, seconds] = process.argv.slice(2);
const database = openDatabase(path);
// As plainly as one would: the ids in a unique index, which tells duplicates.
database.exec('CREATE UNIQUE INDEX events_by_id ON events (id)');
const insert = database.prepare(
  `INSERT INTO events (${EVENT_COLUMNS}) VALUES (${EVENT_COLUMNS.split(',').fill('?').join(', ')}) ON CONFLICT (id) DO NOTHING`,
);
const rows = plainEnvelopes().map((text): EventRow => {
  const { event, rejection } = decodeEnvelope(JSON.parse(text), { origin: 'ingest' });
  if (event === undefined) throw new Error(rejection.message);
  return eventRow(event, Date.now());
});

let inserted = 0;
let lastId = '';
const commit = (): void => {
  // Ids of a whole commit at once: making them is no part of what is measured.
  const ids = randomBytes(16 * ROWS_PER_COMMIT).toString('hex');
  database.exec('BEGIN IMMEDIATE');
  for (let index = 0; index < ROWS_PER_COMMIT; index++) {
    const id = Math.random() < DUPLICATES && lastId !== '' ? lastId : ids.slice(index * 32, index * 32 + 32);
    lastId = id;
    const [, ...rest] = rows[inserted % rows.length] as EventRow;
    insert.run(id, ...rest);
    inserted += 1;
  }
  database.exec('COMMIT');
};

const runFor = (lengthMs: number): number => {
  const before = inserted;
  const startMs = performance.now();
  while (performance.now() - startMs < lengthMs) commit();
  return (inserted - before) / ((performance.now() - startMs) / 1000);
};

runFor(Number(warmupSeconds) * 1000);
process.stdout.write(`${runFor(Number(seconds) * 1000)}\n`);
database.close();
