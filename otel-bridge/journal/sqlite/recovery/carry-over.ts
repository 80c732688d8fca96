import { DatabaseSync } from 'node:sqlite';
import type { QuarantinedFile } from '../../../domain/journal.ts';
import { openDatabase } from '../open-database.ts';
import { isDamage } from '../sqlite-error.ts';
import { copyReadableRows } from './copy-readable-rows.ts';
import { findSeriesDamage } from './find-damage.ts';
import { addQuarantined } from './quarantine-list.ts';

/** How long the large tables may take; the journal answers nothing meanwhile. */
const LARGE_TABLES_MS = 20_000;

/** Tables in the order of what would be missed most, with their integer primary key. Counters go their own way. */
const SMALL_TABLES: Readonly<Record<string, string | null>> = {
  cursors: null,
  sessions: null,
  dead_letters: 'id',
  ordinals: null,
  log_due: 'event_seq',
  session_accounts: 'id',
  permission_modes: null,
  subagents: null,
  rollups: null,
  known_ids: 'id',
};
const LARGE_TABLES: Readonly<Record<string, string | null>> = { outbox: 'seq', facts: 'id', events: 'seq' };

/**
 * Makes a new journal with what can be read of a damaged one. Counters are carried over only where all of them can be
 * read: else the new journal is another instance, whose counters begin at 0 under another name. One that went back
 * under the old name would make every sum over it wrong.
 */
export function carryOver({
  from,
  to,
  quarantine,
}: {
  from: string;
  to: string;
  quarantine: Pick<QuarantinedFile, 'path' | 'reason' | 'atMs'>;
}): QuarantinedFile {
  const target = openDatabase(to);
  try {
    // The file is not in use yet, and synced as a whole below.
    target.exec('PRAGMA synchronous = OFF');
    const quarantined = { ...quarantine, ...copyTables(from, target) };
    addQuarantined(target, quarantined);
    target.exec('PRAGMA synchronous = FULL');
    target.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return quarantined;
  } finally {
    target.close();
  }
}

type Carried = Pick<QuarantinedFile, 'countersKept' | 'events' | 'facts'>;

function copyTables(path: string, to: DatabaseSync): Carried {
  const nothing: Carried = { countersKept: false, events: 0, facts: 0 };
  let from: DatabaseSync | undefined;
  try {
    from = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const countersKept = copyCounters(from, to);
    copy(from, to, SMALL_TABLES, Number.POSITIVE_INFINITY);
    // What facts added to counters that are not there any more is not true of the new ones.
    const leaveOut = countersKept ? [] : ['counted'];
    const deadlineMs = performance.now() + LARGE_TABLES_MS;
    const { facts = 0, events = 0 } = copy(from, to, LARGE_TABLES, deadlineMs, leaveOut);
    return { countersKept, facts, events };
  } catch (error) {
    // Not even its schema can be read.
    if (!isDamage(error)) throw error;
    return nothing;
  } finally {
    from?.close();
  }
}

function copy(
  from: DatabaseSync,
  to: DatabaseSync,
  tables: Readonly<Record<string, string | null>>,
  deadlineMs: number,
  leaveOut: readonly string[] = [],
): Record<string, number> {
  const copied: Record<string, number> = {};
  for (const [table, key] of Object.entries(tables)) {
    copied[table] = copyReadableRows({ from, to, table, key, deadlineMs, leaveOut }).rows;
  }
  return copied;
}

/** @returns whether all of them were copied. */
function copyCounters(from: DatabaseSync, to: DatabaseSync): boolean {
  const tables = { meta: null, series: 'id' };
  if (!isReadable(from)) return false;
  const options = { from, to, deadlineMs: Number.POSITIVE_INFINITY };
  const whole = Object.entries(tables).every(
    ([table, key]) => copyReadableRows({ ...options, table, key }).isWhole,
  );
  if (!whole) for (const table of Object.keys(tables)) to.exec(`DELETE FROM ${table}`);
  return whole;
}

function isReadable(database: DatabaseSync): boolean {
  try {
    const damaged = ['meta', 'series'].some((table) => {
      const [row] = database.prepare(`PRAGMA integrity_check('${table}')`).all();
      return Object.values(row ?? {})[0] !== 'ok';
    });
    return !damaged && findSeriesDamage(database) === null;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
