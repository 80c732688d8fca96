import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventIds, openEventIds } from '../../../../otel-bridge/journal/sqlite/event-ids.ts';
import { EVENT_COLUMNS, eventRow } from '../../../../otel-bridge/journal/sqlite/event-row.ts';
import { openDatabase } from '../../../../otel-bridge/journal/sqlite/open-database.ts';
import { transaction } from '../../../../otel-bridge/journal/sqlite/transaction.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

/** So few that nearly every transaction writes some. */
const MAX_WAITING = 20;

/** A journal's table of events whose ids are kept apart, as the journal does it. */
class EventTable implements Disposable {
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'event-ids-'));
  #database: DatabaseSync = this.#open();
  #ids: EventIds = openEventIds(this.#database, { maxWaiting: MAX_WAITING });
  #seq = 0;

  #open(): DatabaseSync {
    return openDatabase(join(this.#folder, 'journal.db'));
  }

  /** @returns which of the ids were new. */
  append(ids: readonly string[], outcome: 'committed' | 'failed' = 'committed'): string[] {
    const insert = this.#database.prepare(
      `INSERT INTO events (seq, ${EVENT_COLUMNS}) VALUES (${'?, '.repeat(EVENT_COLUMNS.split(',').length)}?)`,
    );
    const stored: string[] = [];
    try {
      transaction(this.#database, () => {
        for (const id of ids) {
          if (!this.#ids.take(id, this.#seq + 1)) continue;
          this.#seq += 1;
          insert.run(this.#seq, ...eventRow(makeEvent({ id, type: 'prompt' }), 0));
          stored.push(id);
        }
        this.#ids.flush();
        if (outcome === 'failed') throw new Error('disk full');
      });
      this.#ids.committed();
      return stored;
    } catch {
      this.#ids.rolledBack();
      return [];
    }
  }

  remove(id: string): void {
    transaction(this.#database, () => {
      this.#database.prepare('DELETE FROM events WHERE id = ?').run(id);
      this.#ids.remove(id);
    });
  }

  reopen(): void {
    this.#database.close();
    this.#database = this.#open();
    this.#ids = openEventIds(this.#database, { maxWaiting: MAX_WAITING });
  }

  stored(): string[] {
    return this.#database
      .prepare('SELECT id FROM events ORDER BY seq')
      .all()
      .map(({ id }) => String(id));
  }

  [Symbol.dispose](): void {
    this.#database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

it('any appends, failures and restarts leave each id once in the journal', () => {
  const ids = fc.array(
    fc.integer({ min: 0, max: 400 }).map((number) => `id-${number}`),
    { maxLength: 60 },
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('committed' as const), ids }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('failed' as const), ids }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      using table = new EventTable();
      const model = new Set<string>();
      for (const next of steps) {
        if (next.kind === 'reopen') {
          table.reopen();
          continue;
        }
        const isNew = [...new Set(next.ids)].filter((id) => !model.has(id));
        expect(table.append(next.ids, next.kind)).toEqual(next.kind === 'failed' ? [] : isNew);
        if (next.kind === 'committed') for (const id of isNew) model.add(id);
      }
      expect(table.stored()).toEqual([...model]);
    }),
    { numRuns: 60 },
  );
});

it('an id whose event was deleted may come again after a while', () => {
  using table = new EventTable();
  table.append(['gone', 'kept']);
  // Both are in the index by now.
  for (let round = 0; round < 40; round += 1)
    table.append(Array.from({ length: 20 }, (_, index) => `filler-${round}-${index}`));
  table.remove('gone');
  table.reopen();
  expect(table.append(['gone', 'kept'])).toEqual(['gone']);
});
