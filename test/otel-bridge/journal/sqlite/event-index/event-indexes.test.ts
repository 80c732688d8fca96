import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type EventIndexes,
  openEventIndexes,
} from '../../../../../otel-bridge/journal/sqlite/event-index/event-indexes.ts';
import { EVENT_COLUMNS, eventRow } from '../../../../../otel-bridge/journal/sqlite/event-row.ts';
import { openDatabase } from '../../../../../otel-bridge/journal/sqlite/open-database.ts';
import { transaction } from '../../../../../otel-bridge/journal/sqlite/transaction.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';

/** So few that nearly every transaction writes some. */
const MAX_WAITING = 20;

/** A journal's table of events with its indexes, as the journal writes them. */
class EventTable implements Disposable {
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'event-indexes-'));
  #database: DatabaseSync = this.#open();
  #indexes: EventIndexes = openEventIndexes(this.#database, { maxWaiting: MAX_WAITING });
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
    let seq = this.#seq;
    try {
      this.#indexes.transaction(() => {
        for (const id of ids) {
          const event = makeEvent({ id, type: 'prompt', correlation: { sessionId: sessionOf(id) } });
          if (!this.#indexes.take({ ...event, seq: seq + 1, sessionId: sessionOf(id) })) continue;
          seq += 1;
          insert.run(seq, ...eventRow(event, 0));
          stored.push(id);
        }
        if (outcome === 'failed') throw new Error('disk full');
      });
      this.#seq = seq;
      return stored;
    } catch {
      return [];
    }
  }

  remove(id: string): void {
    transaction(this.#database, () => {
      const row = this.#database.prepare('SELECT seq, ts_ms FROM events WHERE id = ?').get(id);
      this.#database.prepare('DELETE FROM events WHERE id = ?').run(id);
      this.#indexes.remove({
        seq: Number(row?.seq),
        tsMs: Number(row?.ts_ms),
        id,
        sessionId: sessionOf(id),
      });
    });
  }

  /** Ends and begins anew, after a kill or not. */
  reopen(how: 'killed' | 'closed'): void {
    if (how === 'closed') this.#indexes.close();
    this.#database.close();
    this.#database = this.#open();
    this.#indexes = openEventIndexes(this.#database, { maxWaiting: MAX_WAITING });
  }

  settle(): void {
    this.#indexes.settle();
  }

  /** The disk is full, though not at once: session 1 comes before. */
  settleInVain(): void {
    this.#database.exec(
      "CREATE TEMP TRIGGER full BEFORE INSERT ON session_events WHEN new.session_id = 'session-2' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    expect(() => this.#indexes.settle()).toThrow('disk full');
    this.#database.exec('DROP TRIGGER full');
  }

  /** What readers see of a session. */
  ofSession(sessionId: string): string[] {
    return this.#database
      .prepare(
        `SELECT id FROM events WHERE seq IN (SELECT seq FROM events_of_sessions WHERE session_id = ?) ORDER BY seq`,
      )
      .all(sessionId)
      .map(({ id }) => String(id));
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

/** Few sessions, which take turns. */
function sessionOf(id: string): string {
  return `session-${id.slice(-1)}`;
}

it('any appends, failures and restarts leave each id once in the journal, and each event with its session', () => {
  const ids = fc.array(
    fc.integer({ min: 0, max: 400 }).map((number) => `id-${number}`),
    { maxLength: 60 },
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('committed' as const), ids }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('failed' as const), ids }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('killed' as const, 'closed' as const, 'settle' as const),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      using table = new EventTable();
      const model = new Set<string>();
      for (const next of steps) {
        if (!('ids' in next)) {
          if (next.kind === 'settle') table.settle();
          else table.reopen(next.kind);
          continue;
        }
        const isNew = [...new Set(next.ids)].filter((id) => !model.has(id));
        expect(table.append(next.ids, next.kind)).toEqual(next.kind === 'failed' ? [] : isNew);
        if (next.kind === 'committed') for (const id of isNew) model.add(id);
      }
      expect(table.stored()).toEqual([...model]);
      for (let digit = 0; digit < 10; digit += 1) {
        const wanted = [...model].filter((id) => id.endsWith(String(digit)));
        expect(table.ofSession(`session-${digit}`)).toEqual(wanted);
      }
    }),
    { numRuns: 60 },
  );
});

it('events whose sessions could not be written, for want of room on the disk, are written later', () => {
  using table = new EventTable();
  table.append(['a-1', 'b-2']);
  table.settleInVain();
  table.append(['c-1']);
  table.settle();
  expect(table.ofSession('session-1')).toEqual(['a-1', 'c-1']);
  expect(table.ofSession('session-2')).toEqual(['b-2']);
});

it('an id whose event was deleted may come again after a while', () => {
  using table = new EventTable();
  table.append(['gone', 'kept']);
  // Both are in the index by now.
  for (let round = 0; round < 40; round += 1)
    table.append(Array.from({ length: 20 }, (_, index) => `filler-${round}-${index}`));
  table.remove('gone');
  table.reopen('killed');
  expect(table.ofSession(sessionOf('gone'))).not.toContain('gone');
  expect(table.append(['gone', 'kept'])).toEqual(['gone']);
});
