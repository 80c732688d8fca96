import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { Lane } from '../../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../../otel-bridge/journal/sqlite/event-row.ts';
import { createJournalCore, type JournalCore } from '../../../otel-bridge/journal/sqlite/journal-core.ts';
import { MIGRATIONS } from '../../../otel-bridge/journal/sqlite/migrations/index.ts';
import { START_MS } from '../../helpers/journal-bench.ts';
import { allLanesTo } from '../../helpers/lane-targets.ts';
import { makeEvent } from '../../helpers/make-event.ts';

/** Moments within each write at which the process is killed. */
const CUTS = process.env.AGENT_MONITOR_TEST_LONG === '1' ? 40 : 4;

/** Everything that a journal is asked to do, one transaction after the other. */
type Step = (core: JournalCore) => void;

function call(n: number): AgentEvent {
  return makeEvent({
    id: `call-${n}`,
    type: 'api.request',
    origin: n % 2 === 0 ? 'telemetry' : 'transcript',
    tsMs: START_MS - 5000 + n,
    attributes: { project: 'demo', agent: 'a' },
    payload: { model: 'priced', input_tokens: 10, output_tokens: 2, request_id: `req-${Math.floor(n / 2)}` },
  });
}

function script(): Step[] {
  const append = (first: number): Step => {
    const rows = [first, first + 1, first + 2].map((n) => eventRow(call(n), START_MS));
    const raw = [{ lane: 'raw/logs' as const, body: Buffer.from(`raw-${first}`) }];
    return (core) => core.append([{ events: rows, raw }]);
  };
  const project: Step = (core) => {
    while (core.step());
  };
  const deliver =
    (lane: Lane, seq: number): Step =>
    (core) =>
      core.advanceCursor('store', lane, seq, [{ seq, reason: 'refused' }]);
  const rebuild: Step = (core) => {
    while (core.rebuild().more);
  };
  const prune: Step = (core) => {
    while (core.prune({ beforeMs: START_MS + 2 * 86_400_000 }).more);
  };
  const exportMetrics: Step = (core) => core.exportMetrics();
  return [
    append(0),
    project,
    append(3),
    exportMetrics,
    deliver('raw/logs', 1),
    append(6),
    project,
    deliver('logs', 4),
    exportMetrics,
    rebuild,
    prune,
    // All of it is known.
    append(0),
    project,
    exportMetrics,
  ];
}

function open(path: string): JournalCore {
  return createJournalCore({
    path,
    targets: allLanesTo('store'),
    now: () => START_MS,
    settings: {
      settleMs: 0,
      historyAfterMs: 86_400_000,
      idleEndMs: 1_800_000,
      rules: [],
      priceOf: () => 1000,
    },
  });
}

/** What must be the same in the end, however often the process was killed. */
function outcomeOf(path: string): object {
  using core = open(path);
  while (core.step());
  using reader = new DatabaseSync(path, { readOnly: true });
  const all = (sql: string): unknown[] => reader.prepare(sql).all();
  return {
    events: all('SELECT id FROM events ORDER BY id'),
    series: all('SELECT metric, attributes, value FROM series ORDER BY metric, attributes'),
    facts: all('SELECT key, state, input_tokens, cost_nano_usd FROM facts ORDER BY key'),
    rollups: all('SELECT * FROM rollups'),
    knownIds: all('SELECT count(*) AS count FROM known_ids'),
    logs: all(
      "SELECT count(DISTINCT json_extract(record, '$.attributes.\"event.id\"')) FROM outbox WHERE lane = 'logs'",
    ),
  };
}

/** Copies the three files; the write-ahead log is cut off where the killed process had got to. */
function copyKilled(from: string, to: string, walBytes: number, shm: Buffer): void {
  copyFileSync(from, to);
  writeFileSync(`${to}-wal`, readFileSync(`${from}-wal`).subarray(0, walBytes));
  writeFileSync(`${to}-shm`, shm);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'killed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a journal killed', () => {
  it('within any write goes on as if that write had not begun, and ends with the same counters', () => {
    const steps = script();
    const straight = join(folder, 'straight.db');
    run(straight, steps);
    const truth = outcomeOf(straight);

    const path = join(folder, 'journal.db');
    using core = open(path);
    for (const [place, step] of steps.entries()) {
      const beforeBytes = statSync(`${path}-wal`).size;
      const shm = readFileSync(`${path}-shm`);
      step(core);
      const written = statSync(`${path}-wal`).size - beforeBytes;
      for (let cut = 0; cut < CUTS; cut += 1) {
        // Always short of the commit, whose frame is the last one.
        const walBytes = beforeBytes + Math.max(0, Math.floor(((written - 1) * cut) / CUTS));
        const copy = join(folder, `${place}-${cut}.db`);
        copyKilled(path, copy, walBytes, shm);
        run(copy, steps.slice(place));
        expect(outcomeOf(copy), `step ${place}, cut at ${walBytes}`).toEqual(truth);
      }
    }
  });

  it('within a migration is migrated at the next start, with everything that it held', () => {
    for (let version = 1; version < MIGRATIONS.length; version += 1) {
      const old = join(folder, `version-${version}.db`);
      const database = new DatabaseSync(old);
      database.exec('PRAGMA journal_mode = WAL');
      for (const sql of MIGRATIONS.slice(0, version)) database.exec(sql);
      database.exec(`PRAGMA user_version = ${version}`);
      database.exec("INSERT INTO meta (key, value) VALUES ('instance_id', 'kept')");
      database.close();
      const migrated = join(folder, `migrated-${version}.db`);
      copyFileSync(old, migrated);
      const wal = walOfOpening(migrated);
      for (let cut = 0; cut <= CUTS; cut += 1) {
        const copy = join(folder, `version-${version}-${cut}.db`);
        copyFileSync(old, copy);
        writeFileSync(`${copy}-wal`, wal.subarray(0, Math.floor((wal.length * cut) / CUTS)));
        run(copy, []);
        using reader = new DatabaseSync(copy, { readOnly: true });
        expect(reader.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
        const kept = reader.prepare("SELECT value FROM meta WHERE key = 'instance_id'").get();
        expect(kept).toEqual({ value: 'kept' });
      }
    }
  });
});

function run(path: string, steps: readonly Step[]): void {
  using core = open(path);
  expect(core.quarantined).toEqual([]);
  for (const step of steps) step(core);
}

function walOfOpening(path: string): Buffer {
  using _core = open(path);
  return readFileSync(`${path}-wal`);
}
