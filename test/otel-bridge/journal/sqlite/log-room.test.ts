import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createLogRoom,
  type LogRoomOptions,
} from '../../../../otel-bridge/journal/sqlite/log-merging/log-room.ts';
import { openDatabase } from '../../../../otel-bridge/journal/sqlite/open-database.ts';
import { findWalDamage } from '../../../../otel-bridge/journal/sqlite/recovery/find-wal-damage.ts';

const WANTED_BYTES = 3 * 1024 * 1024;
const PLENTY: LogRoomOptions = { maxBytes: 1e10, freeBytes: 1e12, wantedBytes: WANTED_BYTES };

let folder: string;
let path: string;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-room-'));
  path = join(folder, 'journal.db');
  database = openDatabase(path);
  database.exec('CREATE TABLE written (n INTEGER PRIMARY KEY, text TEXT)');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const logBytes = (): number => statSync(`${path}-wal`).size;

function write(count: number): void {
  const insert = database.prepare("INSERT INTO written (text) VALUES (hex(randomblob(2000)) || '')");
  for (let n = 0; n < count; n += 1) insert.run();
}

/** What a process finds that starts after this one was killed. */
function countAfterKill(): number {
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '-wal', '-shm']) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
  expect(findWalDamage(copy)).toBeNull();
  const opened = openDatabase(copy);
  const count = Number(opened.prepare('SELECT count(*) AS count FROM written').get()?.count);
  opened.close();
  return count;
}

it('makes the log long piece by piece, and whatever is committed meanwhile is there after a kill', () => {
  const makeRoom = createLogRoom(path, PLENTY);
  let pieces = 0;
  while (makeRoom()) {
    write(5);
    pieces += 1;
    expect(countAfterKill()).toBe(pieces * 5);
  }
  expect(pieces).toBe(3);
  const madeBytes = logBytes();
  expect(madeBytes).toBeGreaterThanOrEqual(WANTED_BYTES);
  write(100);
  expect(logBytes()).toBe(madeBytes);
  expect(countAfterKill()).toBe(115);
  // Beyond the room it grows as it always did, and once merged begins anew within it.
  write(500);
  expect(logBytes()).toBeGreaterThan(madeBytes);
  database.exec('PRAGMA wal_checkpoint(RESTART)');
  write(10);
  expect(countAfterKill()).toBe(625);
  expect(makeRoom()).toBe(false);
});

it('waits for a log that was begun', () => {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const makeRoom = createLogRoom(path, PLENTY);
  expect(makeRoom()).toBe(false);
  expect(logBytes()).toBe(0);
  write(1);
  expect(makeRoom()).toBe(true);
  expect(countAfterKill()).toBe(1);
});

it.each([
  ['a journal that may not be large', { maxBytes: 50e6 }],
  ['a disk that is nearly full', { freeBytes: 200e6 }],
])('makes none for %s', (_, options) => {
  const before = logBytes();
  expect(createLogRoom(path, { ...PLENTY, ...options })()).toBe(false);
  expect(logBytes()).toBe(before);
});
