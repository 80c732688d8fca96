import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { QuarantinedFile } from '../../../domain/journal.ts';
import { openDatabase } from '../open-database.ts';
import { findDamage } from './find-damage.ts';
import { findWalDamage } from './find-wal-damage.ts';
import { addQuarantined } from './quarantine-list.ts';
import { finishReplacement, quarantinePath, replaceDamaged } from './replace-damaged.ts';

/**
 * Opens the journal's file for writing. A damaged one is put aside first, with everything readable carried over into a
 * new one, so that events are taken in whatever happened to the disk.
 * @throws MonitorError `conflict` when a newer program wrote the file.
 */
export function openJournalDatabase(path: string, nowMs: number): DatabaseSync {
  finishReplacement(path);
  const lostCommits = findWalDamage(path);
  const logCopy = lostCommits === null ? null : keepLog(path, lostCommits, nowMs);
  const damage = findDamage(path);
  if (damage !== null) replaceDamaged(path, damage, nowMs);
  const database = openDatabase(path);
  if (logCopy !== null && damage === null) beginNewInstance(database, logCopy);
  return database;
}

/** SQLite is about to overwrite what it cannot read of its log. */
function keepLog(path: string, reason: string, nowMs: number): QuarantinedFile {
  const quarantine = quarantinePath(path, nowMs);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${quarantine}${suffix}`);
  }
  return { path: `${quarantine}-wal`, reason, atMs: nowMs, countersKept: false, events: 0, facts: 0 };
}

/**
 * Commits are lost, and with them steps of counters that have left already. Counters that go back under the same name
 * would make every sum over them wrong: they begin anew under the name of another instance.
 */
function beginNewInstance(database: DatabaseSync, logCopy: QuarantinedFile): void {
  database.prepare("UPDATE meta SET value = ? WHERE key = 'instance_id'").run(randomUUID());
  database.exec('UPDATE facts SET counted = NULL WHERE counted IS NOT NULL');
  addQuarantined(database, logCopy);
}
