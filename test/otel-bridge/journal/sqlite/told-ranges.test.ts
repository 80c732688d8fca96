import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createTallyReader } from '../../../../otel-bridge/journal/sqlite/read-tallies.ts';
import { createToldRanges } from '../../../../otel-bridge/journal/sqlite/told-ranges.ts';
import { createJournalFixture, makeRequest } from '../../../helpers/journal-fixture.ts';

const DAY_MS = 86_400_000;

test('of three thousand years only the days around what is told are looked at', () => {
  using journal = createJournalFixture();
  const times = ['2026-11-21T10:00Z', '2026-11-22T10:00Z', '5138-01-01T00:00Z'].map((at) => Date.parse(at));
  journal.fill({ facts: times.map((endMs) => makeRequest({ key: String(endMs), endMs })) });
  const database = new DatabaseSync(journal.path, { readOnly: true });
  const toldRanges = createToldRanges(database, createTallyReader(database));
  const ranges = toldRanges({ fromMs: 0, toMs: 1e14 });
  database.close();
  expect(ranges).toHaveLength(2);
  expect(ranges.every(({ fromMs, toMs }) => toMs - fromMs <= 31 * DAY_MS)).toBe(true);
  for (const atMs of times) expect(ranges.filter((r) => r.fromMs <= atMs && atMs < r.toMs)).toHaveLength(1);
});
