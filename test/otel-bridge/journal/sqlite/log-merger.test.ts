import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  canMergeBeside,
  createLogMerger,
  type LogMerger,
} from '../../../../otel-bridge/journal/sqlite/log-merging/log-merger.ts';

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;

let folder: string;
let database: DatabaseSync;
let other: DatabaseSync;
let merger: LogMerger;
/** How often the thread was asked. */
let asked: number;
let isBusy: boolean;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'merger-'));
  const path = join(folder, 'journal.db');
  database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (bytes BLOB)');
  other = new DatabaseSync(path);
  asked = 0;
  isBusy = false;
  nowMs = 0;
  const thread = {
    get isBusy() {
      return isBusy;
    },
    begin() {
      asked += 1;
    },
    [Symbol.dispose]: () => undefined,
  };
  merger = createLogMerger(database, thread, () => nowMs);
});
afterEach(() => {
  other.close();
  database.close();
  rmSync(folder, { recursive: true });
});

function write(mebibytes: number): void {
  const insert = database.prepare('INSERT INTO t (bytes) VALUES (zeroblob(?))');
  for (let written = 0; written < mebibytes; written++) insert.run(MIB);
}

/** Does what the thread does. */
function mergeBeside(): void {
  other.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

function logMebibytes(): number {
  return (Number(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.log) * PAGE_BYTES) / MIB;
}

it('leaves a short log alone, and asks the thread for a longer one, once', () => {
  write(2);
  merger.step();
  expect(asked).toBe(0);
  write(11);
  merger.step();
  expect(asked).toBe(1);
  isBusy = true;
  write(5);
  merger.step();
  expect(asked).toBe(1);
});

it('never lets a commit merge, however long the log is', () => {
  write(20);
  expect(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.checkpointed).toBe(0);
});

it('merges the rest itself, so that a log of 16 MiB begins anew', () => {
  write(17);
  merger.step();
  expect(asked).toBe(1);
  mergeBeside();
  database.exec("INSERT INTO t (bytes) VALUES ('what came meanwhile')");
  merger.step();
  expect(asked).toBe(1);
  write(1);
  expect(logMebibytes()).toBeLessThan(2);
});

it('asks the thread again where much came while it merged', () => {
  write(17);
  merger.step();
  // What is merged is what was there when it began.
  using reader = new DatabaseSync(join(folder, 'journal.db'));
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM t').get();
  write(2);
  mergeBeside();
  reader.exec('COMMIT');
  merger.step();
  expect(asked).toBe(2);
});

it('asks a thread that brings nothing a second later', () => {
  write(13);
  merger.step();
  merger.step();
  merger.step();
  expect(asked).toBe(1);
  nowMs = 1001;
  merger.step();
  expect(asked).toBe(2);
});

it('has the writer merge what the thread cannot keep up with', () => {
  write(64);
  merger.step();
  expect(asked).toBe(0);
  write(1);
  expect(logMebibytes()).toBeLessThan(2);
});

it('asks for little while a reader keeps the log from beginning anew', () => {
  write(17);
  other.exec('BEGIN');
  other.prepare('SELECT count(*) FROM t').get();
  merger.step();
  write(1);
  for (let turn = 0; turn < 100; turn++) merger.step();
  expect(asked).toBe(1);
  other.exec('COMMIT');
  nowMs = 1001;
  merger.step();
  mergeBeside();
  merger.step();
  write(1);
  expect(logMebibytes()).toBeLessThan(2);
});

describe('canMergeBeside', () => {
  it.each([
    ['3.51.3', true],
    ['3.53.4', true],
    ['4.0.0', true],
    ['3.51.2', false],
    ['3.49.1', false],
    [undefined, false],
  ])('SQLite %s: %s', (version, wanted) => expect(canMergeBeside(version)).toBe(wanted));
});
