import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createDeadLetterLimit,
  readGivenUp,
} from '../../../../otel-bridge/journal/sqlite/dead-letter-limit.ts';
import { createJournalFixture, type JournalFixture } from '../../../helpers/journal-fixture.ts';

let journal: JournalFixture;
let database: DatabaseSync;
beforeEach(() => {
  journal = createJournalFixture();
  database = new DatabaseSync(journal.path);
});
afterEach(() => {
  database.close();
  journal[Symbol.dispose]();
});

function letters(...sizes: number[]): void {
  for (const size of sizes) {
    journal.exec(
      `INSERT INTO dead_letters (target, lane, reason, failed_ms, record) VALUES ('t', 'logs', 'r', 0, zeroblob(${size}))`,
    );
  }
}

const kept = (): number[] =>
  journal
    .query('SELECT length(record) AS size FROM dead_letters ORDER BY id')
    .map(({ size }) => Number(size));

it('gives the oldest dead letters up beyond a number, and counts them', () => {
  const limit = createDeadLetterLimit(database, { maxLetters: 3 });
  letters(1, 2, 3);
  limit();
  expect(kept()).toEqual([1, 2, 3]);
  letters(4, 5);
  limit();
  expect(kept()).toEqual([3, 4, 5]);
  letters(6);
  limit();
  expect(kept()).toEqual([4, 5, 6]);
  expect(readGivenUp(database)).toBe(3);
});

it('gives them up beyond a size too', () => {
  const limit = createDeadLetterLimit(database, { maxBytes: 100 });
  letters(60, 60, 30);
  limit();
  expect(kept()).toEqual([60, 30]);
  letters(101);
  limit();
  expect(kept()).toEqual([]);
  expect(readGivenUp(database)).toBe(4);
});
