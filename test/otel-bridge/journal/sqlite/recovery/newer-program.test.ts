import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../../../../otel-bridge/journal/sqlite/migrations/index.ts';
import { JournalBench } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';

it.each([
  ['with tables as they are now', '', ''],
  ['with other tables', 'CREATE TABLE news (id INTEGER) STRICT', 'DROP TABLE news'],
  [
    'without a table that is needed now',
    'ALTER TABLE series RENAME TO news',
    'ALTER TABLE news RENAME TO series',
  ],
])('a journal of a newer program %s is refused, and left where it is', async (_, sql, undo) => {
  using bench = new JournalBench();
  bench.append(makeEvent({ id: 'a', type: 'prompt' }));
  bench.core[Symbol.dispose]();
  const newer = MIGRATIONS.length + 1;
  {
    using writer = new DatabaseSync(bench.path);
    writer.exec(`${sql}; PRAGMA user_version = ${newer}`);
  }
  expect(() => bench.open()).toThrow(`is version ${newer}, this program knows ${MIGRATIONS.length}. Upgrade`);
  expect(existsSync(bench.path)).toBe(true);
  expect((await readdir(dirname(bench.path))).filter((name) => name.includes('damaged'))).toEqual([]);
  {
    using writer = new DatabaseSync(bench.path);
    expect(writer.prepare('SELECT id FROM events').all()).toMatchObject([{ id: 'a' }]);
    // Its own program reads on.
    writer.exec(`${undo}; PRAGMA user_version = ${MIGRATIONS.length}`);
  }
  bench.core = bench.open();
  expect(bench.core.quarantined).toEqual([]);
});

it('a version that no program has is damage', () => {
  using bench = new JournalBench();
  bench.append(makeEvent({ id: 'a', type: 'prompt' }));
  bench.core[Symbol.dispose]();
  {
    using writer = new DatabaseSync(bench.path);
    writer.exec(`PRAGMA user_version = ${0x4000_0000 + MIGRATIONS.length}`);
  }
  bench.core = bench.open();
  expect(bench.core.quarantined).toMatchObject([{ events: 1 }]);
});
