import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** How far a journal is. */
export interface JournalState {
  readonly events: number;
  /** Part of the events that the projections have seen, 0 to 1. */
  readonly projected: number;
}

/** Reads a journal, while it is written to or afterwards. */
export function readJournalState(path: string): JournalState {
  using database = openForReading(path);
  const newest = Number(database.prepare('SELECT max(seq) AS seq FROM events').get()?.seq ?? 0);
  const cursor = database.prepare("SELECT seq FROM cursors WHERE name = 'projection'").get()?.seq;
  return { events: countEvents(database), projected: newest === 0 ? 1 : Number(cursor ?? 0) / newest };
}

/** Waits until the projections have seen every event, and no fact or record waits to settle. */
export async function waitUntilProjected(path: string): Promise<void> {
  for (;;) {
    using database = openForReading(path);
    const waiting = database
      .prepare(
        `SELECT (SELECT max(seq) FROM events) > (SELECT coalesce(max(seq), 0) FROM cursors WHERE name = 'projection')
           OR EXISTS (SELECT 1 FROM facts WHERE due_ms IS NOT NULL) OR EXISTS (SELECT 1 FROM log_due) AS waiting`,
      )
      .get()?.waiting;
    if (waiting === 0 || waiting === null) return;
    await delay(200);
  }
}

/**
 * Checks that all acknowledged events are in the journal, each once, and nothing else.
 * @param ackedFile 16 bytes of id per event
 * @throws Error when that is not so: the figure is void then
 */
export function assertStored(path: string, ackedFile: string): void {
  const bytes = readFileSync(ackedFile);
  const acked = new Set<string>();
  for (let at = 0; at < bytes.length; at += 16) acked.add(bytes.toString('hex', at, at + 16));
  using database = openForReading(path);
  let stored = 0;
  let lost = acked.size;
  for (const row of database.prepare('SELECT id FROM events').iterate()) {
    stored += 1;
    if (acked.has(String(row.id))) lost -= 1;
  }
  if (lost !== 0) throw new Error(`${lost} of ${acked.size} acknowledged events are not in the journal`);
  if (stored !== acked.size)
    throw new Error(`${stored} events are in the journal, ${acked.size} were acknowledged`);
}

/** Checks the number of events alone, where their ids are the bridge's own. @throws Error when it is another */
export function assertEventCount(path: string, wanted: number): void {
  using database = openForReading(path);
  const stored = countEvents(database);
  if (stored !== wanted) throw new Error(`${stored} events are in the journal, ${wanted} were acknowledged`);
}

function countEvents(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count(*) AS count FROM events').get()?.count);
}

function openForReading(path: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 10000');
  return database as DatabaseSync & Disposable;
}
