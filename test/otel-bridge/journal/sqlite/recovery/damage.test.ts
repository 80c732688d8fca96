import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../../otel-bridge/domain/event.ts';
import { eventRow } from '../../../../../otel-bridge/journal/sqlite/event-row.ts';
import {
  createJournalCore,
  type JournalCore,
} from '../../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { JournalBench, START_MS } from '../../../../helpers/journal-bench.ts';
import { NO_TARGETS } from '../../../../helpers/lane-targets.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';
import { createRandom } from '../../../../helpers/seeded-random.ts';

const IS_LONG = process.env.AGENT_MONITOR_TEST_LONG === '1';
const FILES = IS_LONG ? 2000 : 50;
const SUFFIXES = ['', '-wal', '-shm'];

/** What a killed writer leaves: half of it in the database's file, half in its write-ahead log. */
class KilledJournal implements Disposable {
  readonly bench = new JournalBench();
  readonly ids: string[] = [];
  readonly counters: Map<string, number>;

  constructor() {
    for (let round = 0; round < 20; round += 1) {
      const events = Array.from({ length: 50 }, (_, index) => call(`${round}-${index}`));
      this.bench.append(...events);
      this.bench.core.exportMetrics();
      this.ids.push(...events.map(({ id }) => id));
      if (round === 9) this.bench.reopen();
    }
    this.counters = countersOf(join(this.bench.folder, 'journal.db'));
  }

  /** A copy in a folder of its own. */
  copy(folder: string): string {
    const path = join(folder, 'journal.db');
    for (const suffix of SUFFIXES) {
      copyFileSync(join(this.bench.folder, `journal.db${suffix}`), `${path}${suffix}`);
    }
    return path;
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]();
  }
}

function call(place: string): AgentEvent {
  return makeEvent({
    id: `call-${place}`,
    type: 'api.request',
    origin: 'telemetry',
    tsMs: START_MS - 5000,
    correlation: { sessionId: `s${place.split('-')[0]}` },
    attributes: { project: 'demo', agent: 'a' },
    payload: {
      model: 'priced',
      input_tokens: 10,
      output_tokens: 2,
      request_id: `req-${place}`,
      text: 'x'.repeat(200),
    },
  });
}

/** Value of each series that the journal goes on with, by its identity, the instance included. */
function countersOf(path: string): Map<string, number> {
  using reader = new DatabaseSync(path, { readOnly: true });
  const rows = reader
    .prepare(
      `SELECT metric, resource, attributes, value FROM series
       WHERE json_extract(resource, '$."service.instance.id"') = (SELECT value FROM meta WHERE key = 'instance_id')`,
    )
    .all();
  return new Map(
    rows.map(({ metric, resource, attributes, value }) => [
      `${metric} ${resource} ${attributes}`,
      Number(JSON.parse(String(value)) || 0),
    ]),
  );
}

function idsOf(path: string): Set<string> {
  using reader = new DatabaseSync(path, { readOnly: true });
  return new Set(
    reader
      .prepare('SELECT id FROM events')
      .all()
      .map(({ id }) => String(id)),
  );
}

function open(path: string): JournalCore {
  return createJournalCore({
    path,
    targets: { ...NO_TARGETS, logs: ['s'], metrics: ['s'], traces: ['s'] },
    now: () => START_MS + 60_000,
    settings: {
      settleMs: 0,
      historyAfterMs: 86_400_000,
      idleEndMs: 1_800_000,
      rules: [],
      priceOf: () => 1000,
    },
  });
}

/** Opens a journal, takes in one more event and closes it. */
function useOnce(path: string): JournalCore['quarantined'] {
  using core = open(path);
  const row = eventRow(call('new-0'), START_MS);
  expect(core.append([{ events: [row], raw: [] }])).toEqual([['stored']]);
  while (core.step());
  core.exportMetrics();
  expect(core.append([{ events: [row], raw: [] }])).toEqual([['duplicate']]);
  return core.quarantined;
}

type Damage = (bytes: Buffer, random: () => number) => Buffer;

const flipBits: Damage = (bytes, random) => {
  const flips = 1 + Math.floor(random() * 20);
  for (let flip = 0; flip < flips; flip += 1) {
    const at = Math.floor(random() * bytes.length);
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)), at);
  }
  return bytes;
};
const zeroPage: Damage = (bytes, random) => {
  const at = Math.floor(random() * (bytes.length / 4096)) * 4096;
  return bytes.fill(0, at, at + 4096);
};
const cutOff: Damage = (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length));

let killed: KilledJournal;
beforeAll(() => {
  killed = new KilledJournal();
});
afterAll(() => killed[Symbol.dispose]());

describe('a damaged journal', () => {
  const kinds = [
    { name: 'flipped bits in the database', suffix: '', damage: flipBits },
    { name: 'a page of zeros in the database', suffix: '', damage: zeroPage },
    { name: 'a database cut off', suffix: '', damage: cutOff },
    { name: 'flipped bits in the write-ahead log', suffix: '-wal', damage: flipBits },
    { name: 'a write-ahead log cut off', suffix: '-wal', damage: cutOff },
  ];
  for (const { name, suffix, damage } of kinds) {
    it(
      `with ${name} is used on or put aside: events are taken in, losses said, counters never go back`,
      () => {
        let kept = 0;
        for (let seed = 0; seed < FILES / kinds.length; seed += 1) {
          const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
          const path = killed.copy(folder);
          const bytes = damage(readFileSync(`${path}${suffix}`), createRandom(seed));
          writeFileSync(`${path}${suffix}`, bytes);

          const quarantined = useOnce(path);
          const present = idsOf(path);
          const lost = killed.ids.filter((id) => !present.has(id));
          if (lost.length > 0) expect(quarantined, `seed ${seed} lost ${lost.length} events`).toHaveLength(1);
          for (const { path: aside } of quarantined) {
            const file = suffix === '' || aside.endsWith('-wal') ? aside : `${aside}${suffix}`;
            expect(readFileSync(file).equals(bytes), `seed ${seed} keeps what was damaged`).toBe(true);
          }
          const after = countersOf(path);
          const isSameInstance = [...killed.counters.keys()].some((key) => after.has(key));
          if (isSameInstance) {
            for (const [key, value] of killed.counters) {
              expect(after.get(key), `seed ${seed}: ${key}`).toBeGreaterThanOrEqual(value);
            }
          }
          kept += killed.ids.length - lost.length;
          using again = open(path);
          expect(again.quarantined).toHaveLength(quarantined.length);
          rmSync(folder, { recursive: true });
        }
        expect(kept).toBeGreaterThan(0);
      },
      IS_LONG ? 900_000 : 60_000,
    );
  }

  it('that was only killed is not put aside', () => {
    const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
    const path = killed.copy(folder);
    expect(useOnce(path)).toEqual([]);
    expect(idsOf(path).size).toBe(killed.ids.length + 1);
    rmSync(folder, { recursive: true });
  });
});
