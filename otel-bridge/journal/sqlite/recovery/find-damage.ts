import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../migrations/index.ts';
import { isDamage } from '../sqlite-error.ts';

/** Up to this size the whole file is checked: about a second on a slow disk. */
const MAX_WHOLE_CHECK_BYTES = 128 * 1024 * 1024;
/** Tables that are small however long the journal runs, and that nothing works without. */
const VITAL_TABLES = ['meta', 'series', 'cursors', 'sessions', 'dead_letters'];
/** No program will ever be as new as that: a larger version is none. */
const MAX_VERSION = 10_000;
const MAGIC = 'SQLite format 3\0';
/** Place and value of the two bytes that say that a write-ahead log is used. */
const VERSIONS_OFFSET = 18;
const WAL_VERSION = 2;

/**
 * Checks a journal's file before it is opened for writing: a small one as a whole, a large one where every start
 * reads. What lies deeper shows when it is used (see isDamage). The file of a newer program is not ours to judge, and
 * must not be put aside: it is refused when it is opened.
 * @returns what is wrong, null where nothing is or where there is no file.
 */
export function findDamage(path: string): string | null {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (sizeBytes === undefined) return null;
  const header = findHeaderDamage(path);
  if (header !== null) return header;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (version > MIGRATIONS.length && version <= MAX_VERSION) return null;
    const scope = sizeBytes <= MAX_WHOLE_CHECK_BYTES ? null : VITAL_TABLES;
    return (
      findSchemaDamage(database, version) ?? findContentDamage(database, scope) ?? findSeriesDamage(database)
    );
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw error;
  } finally {
    database?.close();
  }
}

function findHeaderDamage(path: string): string | null {
  const header = Buffer.alloc(VERSIONS_OFFSET + 2);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, header.length, 0) < header.length)
      return 'it was cut off in its first page';
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'it does not begin as a SQLite file does';
  const usesWal = header[VERSIONS_OFFSET] === WAL_VERSION && header[VERSIONS_OFFSET + 1] === WAL_VERSION;
  return usesWal ? null : 'its header has no write-ahead log';
}

/** The schema must be what this program makes. */
function findSchemaDamage(database: DatabaseSync, version: number): string | null {
  const found = schemaOf(database);
  using wanted = new DatabaseSync(':memory:');
  for (const sql of MIGRATIONS.slice(0, version)) wanted.exec(sql);
  if (found === schemaOf(wanted)) return version > MIGRATIONS.length ? 'its schema version is wrong' : null;
  return version > MIGRATIONS.length ? null : 'its schema is not the one of its version';
}

/** Tables and indexes with their columns; not their text, which versions of SQLite may write in other ways. */
function schemaOf(database: DatabaseSync): string {
  const columns = database.prepare(
    `SELECT s.type, s.name, c.name AS column, c.type AS column_type, c."notnull", c.pk
     FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'`,
  );
  const indexes = database.prepare(
    `SELECT s.type, s.name, s.tbl_name, c.name AS column
     FROM sqlite_schema s JOIN pragma_index_xinfo(s.name) c WHERE s.type = 'index'`,
  );
  const rows = [...columns.all(), ...indexes.all()].map((row) => JSON.stringify(row));
  return rows.sort().join('\n');
}

function findContentDamage(database: DatabaseSync, tables: readonly string[] | null): string | null {
  const known = new Set(
    database
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => name),
  );
  const checks = tables?.filter((table) => known.has(table)).map((table) => `integrity_check('${table}')`);
  for (const check of checks ?? ['integrity_check(1)']) {
    const [row] = database.prepare(`PRAGMA ${check}`).all();
    const said = String(Object.values(row ?? {})[0]);
    if (said !== 'ok') return said.replaceAll('\n', ' ');
  }
  return null;
}

/** Counters that cannot be read would stop every export. */
export function findSeriesDamage(database: DatabaseSync): string | null {
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'series'").get() !== undefined;
  if (!exists) return null;
  const bad = database
    .prepare(
      `SELECT count(*) AS count FROM series WHERE NOT (json_valid(resource) AND json_valid(attributes)
         AND json_valid(value) AND json_valid(coalesce(exported_value, '0')))`,
    )
    .get();
  return Number(bad?.count) === 0 ? null : `${Number(bad?.count)} of its counters cannot be read`;
}
