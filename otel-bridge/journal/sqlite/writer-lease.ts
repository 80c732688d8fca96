import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MonitorError } from '../../domain/error.ts';
import { isDamage, isDatabaseError } from './sqlite-error.ts';

const SQLITE_BUSY = 5;
/** How long a holder that is about to end is waited for. */
const PATIENCE_MS = 2000;

/**
 * Takes the right to write a journal, for as long as the answer is not disposed of. It is a lock of the operating
 * system on a small file beside the journal: a holder that dies loses it at that moment, in whichever container it
 * ran, and one that is merely slow never does. No clock and no process id is trusted; those in the file only tell a
 * person who it is.
 * @throws MonitorError `conflict`, naming the holder, while another process has it.
 */
export function takeWriterLease(path: string, patienceMs = PATIENCE_MS): Disposable {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lease = openLease(`${path}.writer`, patienceMs);
  try {
    lease.exec('BEGIN IMMEDIATE');
    sayWho(lease);
    // Whoever is quicker than this line is the holder.
    lease.exec('BEGIN IMMEDIATE');
    return lease;
  } catch (error) {
    const holder = isBusy(error) ? readHolder(lease) : null;
    lease.close();
    if (holder === null) throw error;
    throw new MonitorError(
      'conflict',
      `Cannot write journal "${path}": ${holder} writes it. Only one process may: stop that one with "monitor down", or set AGENT_MONITOR_HOME to another folder`,
      { cause: error },
    );
  }
}

/** What the file says is for people alone: a damaged one is made anew. */
function openLease(leasePath: string, patienceMs: number): DatabaseSync {
  const open = (): DatabaseSync => {
    const lease = new DatabaseSync(leasePath, { timeout: patienceMs });
    chmodSync(leasePath, 0o600);
    lease.exec('PRAGMA schema_version');
    return lease;
  };
  try {
    return open();
  } catch (error) {
    if (!isDamage(error)) throw error;
    rmSync(leasePath);
    return open();
  }
}

/** Commits, in the transaction that has begun, who the holder is: others cannot read it before. */
function sayWho(lease: DatabaseSync): void {
  try {
    lease.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder');
    lease
      .prepare('INSERT INTO holder (pid, host, since) VALUES (?, ?, ?)')
      .run(process.pid, hostname(), new Date().toISOString());
    lease.exec('COMMIT');
  } catch (error) {
    // A full disk takes nothing of it. The lock needs no room, and queries are answered meanwhile.
    if (!isDatabaseError(error)) throw error;
    if (lease.isTransaction) lease.exec('ROLLBACK');
  }
}

function isBusy(error: unknown): boolean {
  return isDatabaseError(error) && (error.errcode & 0xff) === SQLITE_BUSY;
}

function readHolder(lease: DatabaseSync): string {
  try {
    const row = lease.prepare('SELECT pid, host, since FROM holder').get();
    if (row !== undefined) {
      return `process ${Number(row.pid)} on host "${String(row.host)}", since ${String(row.since)},`;
    }
  } catch (error) {
    // Its very first moment: it has not written who it is.
    if (!isDatabaseError(error)) throw error;
  }
  return 'another process';
}
