import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { isDamage } from '../sqlite-error.ts';
import { transaction } from '../transaction.ts';

/** Rows per transaction. */
const CHUNK_ROWS = 1000;

/** Which rows to copy. */
export interface CopyOptions {
  readonly from: DatabaseSync;
  readonly to: DatabaseSync;
  readonly table: string;
  /** Integer primary key, by which damaged places are skipped; null for tables without one. */
  readonly key: string | null;
  readonly leaveOut?: readonly string[];
  /** `performance.now()` after which no more is copied. */
  readonly deadlineMs: number;
}

/**
 * Copies what can be read of a table of a damaged file, newest rows first.
 * @returns how many rows were copied, and whether nothing was passed over.
 */
export function copyReadableRows(options: CopyOptions): { rows: number; isWhole: boolean } {
  const { from, to, table, leaveOut = [] } = options;
  const wanted = columnsOf(to, table).filter((column) => !leaveOut.includes(column));
  const columns = columnsOf(from, table).filter((column) => wanted.includes(column));
  if (columns.length === 0) return { rows: 0, isWhole: false };
  const insert = to.prepare(
    `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  insert.setReadBigInts(true);
  return options.key === null
    ? copyFromBothEnds(options, columns, insert)
    : copyByKey(options, options.key, columns, insert);
}

/** Reads downwards by key; where a page cannot be read, jumps over ever more keys until one can. */
function copyByKey(
  { from, to, table, deadlineMs }: CopyOptions,
  key: string,
  columns: readonly string[],
  insert: StatementSync,
): { rows: number; isWhole: boolean } {
  const select = from.prepare(
    `SELECT ${columns.join(', ')}, ${key} AS "#key" FROM ${table} WHERE ${key} < ? ORDER BY ${key} DESC LIMIT ${CHUNK_ROWS}`,
  );
  select.setReadBigInts(true);
  let rows = 0;
  let isWhole = true;
  let jump = 1n;
  for (let below = 2n ** 62n; below > 0n; ) {
    if (performance.now() > deadlineMs) return { rows, isWhole: false };
    const { read, damaged } = readUntilDamage(select, below);
    rows += store(to, insert, columns, read);
    const last = read.at(-1)?.['#key'];
    if (typeof last === 'bigint') below = last;
    if (!damaged && read.length < CHUNK_ROWS) break;
    isWhole &&= !damaged;
    if (damaged) below -= jump;
    jump = damaged ? jump * 2n : 1n;
  }
  return { rows, isWhole };
}

function copyFromBothEnds(
  { from, to, table }: CopyOptions,
  columns: readonly string[],
  insert: StatementSync,
): { rows: number; isWhole: boolean } {
  let rows = 0;
  for (const direction of ['ASC', 'DESC']) {
    const select = from.prepare(
      `SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${primaryKey(from, table)
        .map((column) => `${column} ${direction}`)
        .join(', ')}`,
    );
    select.setReadBigInts(true);
    const { read, damaged } = readUntilDamage(select);
    rows += store(to, insert, columns, read);
    if (!damaged) return { rows, isWhole: direction === 'ASC' };
  }
  return { rows, isWhole: false };
}

type Row = Record<string, unknown>;

function readUntilDamage(
  select: StatementSync,
  ...values: SQLInputValue[]
): { read: Row[]; damaged: boolean } {
  const read: Row[] = [];
  try {
    for (const row of select.iterate(...values)) read.push(row);
    return { read, damaged: false };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { read, damaged: true };
  }
}

/** A row that the table does not take, since its values are damaged, is passed over. */
function store(
  to: DatabaseSync,
  insert: StatementSync,
  columns: readonly string[],
  rows: readonly Row[],
): number {
  return transaction(to, () => {
    let stored = 0;
    for (const row of rows) {
      try {
        stored += Number(insert.run(...columns.map((column) => row[column] as SQLInputValue)).changes);
      } catch (error) {
        if (!isRefusedValue(error)) throw error;
      }
    }
    return stored;
  });
}

const SQLITE_CONSTRAINT = 19;

function isRefusedValue(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_CONSTRAINT;
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare(`SELECT name FROM pragma_table_info(?)`)
    .all(table)
    .map(({ name }) => String(name));
}

function primaryKey(database: DatabaseSync, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .all(table)
    .map(({ name }) => String(name));
}
