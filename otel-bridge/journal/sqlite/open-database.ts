import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MonitorError } from '../../domain/error.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { transaction } from './transaction.ts';

/**
 * Opens the journal's file for writing, in WAL mode with a sync at every commit, and brings its schema up to date.
 * The file is readable by its owner alone.
 * @throws MonitorError `conflict` when a newer program wrote the file.
 */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path);
  if (path !== ':memory:') chmodSync(path, 0o600);
  // Of a new file only, and before anything is in it: pages of what was pruned can be given back.
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL');
  // Acknowledged means on disk: NORMAL would lose the newest commits with the power.
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA busy_timeout = 5000');
  database.exec('PRAGMA wal_autocheckpoint = 4000');
  // Three times as much saves a tenth of the reads, and what it takes is never given back.
  database.exec('PRAGMA cache_size = -8192');
  migrate(database, path);
  return database;
}

function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    database.close();
    throw new MonitorError(
      'conflict',
      `Cannot open journal "${path}": its schema is version ${version}, this program knows ${MIGRATIONS.length}. Upgrade agent-monitor, or set AGENT_MONITOR_HOME to another folder`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next += 1) {
    transaction(database, () => {
      database.exec(MIGRATIONS[next] ?? '');
      database.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}
