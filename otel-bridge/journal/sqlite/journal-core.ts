import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import type { AppendStatus, PruneRequest, QuarantinedFile, RefusedRecord } from '../../domain/journal.ts';
import type { Lane } from '../../domain/outbox.ts';
import type { SampleRound } from '../../domain/sample.ts';
import type { ProjectionSettings } from '../../projections/settings.ts';
import { createDeadLetterLimit } from './dead-letter-limit.ts';
import { openEventIndexes } from './event-index/event-indexes.ts';
import { EVENT_COLUMNS, type EventRow } from './event-row.ts';
import { createKnownIds, prunedEventKey } from './known-ids.ts';
import { canMergeBeside, createLogMerger } from './log-merging/log-merger.ts';
import { createLogRoom } from './log-merging/log-room.ts';
import { createMergeThread, type MergeThreadData } from './log-merging/merge-thread.ts';
import { createOutboxTable, cursorName, type LaneTargets } from './outbox-table.ts';
import { createProjectionStore } from './projection-store.ts';
import { createProjector } from './projector/projector.ts';
import { startTurn } from './projector/turn.ts';
import { createPruner, type PruneStep } from './prune.ts';
import { createRebuilder, type Rebuilder, type RebuildStep } from './rebuild/rebuilder.ts';
import { removeScratch } from './rebuild/scratch.ts';
import { openJournalDatabase } from './recovery/open-journal.ts';
import { readQuarantined } from './recovery/quarantine-list.ts';
import { createRawReadings } from './samples/raw-readings.ts';
import { createSampleRuns } from './samples/sample-runs.ts';
import { createSampleTable } from './samples/sample-table.ts';
import { createSeriesStore } from './series/series-store.ts';
import { createSizeKeeper } from './size-keeper.ts';
import { isDatabaseError } from './sqlite-error.ts';
import { transaction, unsyncedTransaction } from './transaction.ts';
import { upsertSql } from './upsert.ts';
import { takeWriterLease } from './writer-lease.ts';

const STEP_MS = 20;
/** Pages that are given back at the end, at most: a tenth of a second. */
const VACUUM_PAGES_AT_END = 4096;

/** An append as it reaches the writer: rows in the order of `EVENT_COLUMNS`, but for the time of receipt. */
export interface AppendRows {
  readonly events: readonly EventRow[];
  readonly raw: readonly {
    readonly lane: 'raw/logs' | 'raw/metrics' | 'raw/traces';
    readonly body: Uint8Array;
  }[];
}

/** The writing side of the journal, synchronous; one per file. It runs in a thread of its own (journal-worker.ts). */
export interface JournalCore extends Disposable {
  /** Stores all requests in one synced transaction. Answers per request and event what became of it. */
  append(requests: readonly AppendRows[]): AppendStatus[][];
  /** Does what the next append would begin with, while nobody waits; a step does so, too. */
  prepare(): void;
  /** Writes and syncs next to nothing: throws where the disk does not take it. @returns false, there is no more to do */
  probe(): boolean;
  /**
   * Does about `budgetMs` of projection (20 ms unless told), less where `isWanted` says that somebody waits.
   * @returns true where there may be more to do at once.
   */
  step(budgetMs?: number, isWanted?: () => boolean): boolean;
  /** Does what can wait until nobody writes. */
  rest(): void;
  exportMetrics(): void;
  /** When a fact or record falls due next, unix ms; null where nothing waits. */
  nextDueMs(): number | null;
  advanceCursor(target: string, lane: Lane, seq: number, refused: readonly RefusedRecord[]): void;
  removeDeadLetters(ids: readonly number[]): number;
  /** Stores a round of a sampler, synced. */
  putSamples(round: SampleRound): void;
  /** Deletes a little of what a request means. */
  prune(request: PruneRequest): PruneStep;
  /** Does a little of a rebuild, which begins with the first call and ends where there is no more to do. */
  rebuild(): RebuildStep;
  /** Damaged files that were put aside, newest first. */
  readonly quarantined: readonly QuarantinedFile[];
  /** Keeps the write-ahead log short; call it between other work. */
  mergeLog(): void;
  /** Merges all of the write-ahead log, waiting for readers. @returns false where some of it could not be merged */
  mergeWholeLog(): boolean;
  /** Makes a piece of room in the write-ahead log; call it between other work. @returns true where there is more to make. */
  makeLogRoom(): boolean;
  /** Lanes that got records since the last call. */
  takeChangedLanes(): Lane[];
}

/** What the journal's writer needs. */
export interface JournalCoreOptions {
  readonly path: string;
  readonly targets: LaneTargets;
  readonly settings: Omit<ProjectionSettings, 'instanceId' | 'lanes'>;
  /** IANA name of the zone that days are cut in. @default UTC */
  readonly timezone?: string;
  /** How large the files may be in all. @default no limit */
  readonly maxBytes?: number;
  /** Starts the thread that merges the write-ahead log. @default SQLite merges it, within commits */
  readonly startMergeThread?: (data: MergeThreadData) => Worker;
  /** Unix ms. */
  readonly now: () => number;
}

/**
 * Opens the journal for writing.
 * @throws MonitorError `conflict` while another process writes it, or when a newer program wrote the file.
 */
export function createJournalCore(options: JournalCoreOptions): JournalCore {
  const { path, targets, settings, now, timezone = 'UTC', maxBytes = Number.POSITIVE_INFINITY } = options;
  const { startMergeThread } = options;
  const lease = takeWriterLease(path);
  const database = openOrRelease(lease, path, now());
  removeScratch(path);
  const instance = instanceId(database);
  const outbox = createOutboxTable(database, targets);
  const knownIds = createKnownIds(database);
  const store = { ...createProjectionStore(database), isPruned: knownIds.has };
  const projection: ProjectionSettings = {
    ...settings,
    instanceId: instance,
    lanes: {
      logs: targets.logs.length > 0,
      traces: targets.traces.length > 0,
      metrics: targets.metrics.length > 0,
    },
  };
  const series = createSeriesStore(database, instance);
  const readings = createRawReadings(database);
  const runs = createSampleRuns(database);
  const samples = createSampleTable({ database, series, readings, runs, instanceId: instance });
  const projector = createProjector({ database, store, series, outbox, samples, settings: projection });
  let rebuilder: Rebuilder | null = null;
  const endRebuild = (): void => {
    rebuilder?.[Symbol.dispose]();
    rebuilder = null;
  };
  const eventIndexes = openEventIndexes(database);
  const pruner = createPruner({ database, knownIds, eventIndexes, timezone });
  const keeper = createSizeKeeper({ database, path, pruner, maxBytes, timezone, now });
  const limitDeadLetters = createDeadLetterLimit(database);
  const merger =
    startMergeThread === undefined || !canMergeBeside(process.versions.sqlite)
      ? null
      : createLogMerger(database, createMergeThread(path, startMergeThread));
  const insertEvent = database.prepare(
    `INSERT INTO events (seq, ${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  let lastSeq = readLastSeq(database);
  const putCursor = database.prepare(
    'INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)',
  );
  const putMeta = database.prepare(upsertSql('meta', ['key', 'value']));
  const insertDeadLetter = database.prepare(
    `INSERT INTO dead_letters (target, lane, reason, failed_ms, record)
     SELECT ?, lane, ?, ?, record FROM outbox WHERE seq = ?`,
  );
  const removeDeadLetter = database.prepare('DELETE FROM dead_letters WHERE id = ?');
  return {
    append(requests) {
      keeper.assertRoom();
      const store = (row: EventRow): AppendStatus => {
        const [id, , tsMs] = row;
        if (knownIds.has(prunedEventKey(id), tsMs)) return 'duplicate';
        const seq = lastSeq + 1;
        if (!eventIndexes.take({ seq, id, tsMs, sessionId: row[9] })) return 'duplicate';
        insertEvent.run(seq, ...row);
        lastSeq = seq;
        return 'stored';
      };
      return eventIndexes.transaction(() =>
        requests.map(({ events, raw }) => {
          for (const { lane, body } of raw) outbox.addRaw(lane, body);
          return events.map(store);
        }),
      );
    },
    prepare: () => keeper.look(),
    probe() {
      keeper.assertRoom();
      transaction(database, () => putMeta.run('probed_ms', String(now())));
      return false;
    },
    step(budgetMs = STEP_MS, isWanted = () => false) {
      limitDeadLetters();
      const isFreeing = keeper.step();
      return projector.step(now(), startTurn(budgetMs, isWanted)) || isFreeing;
    },
    rest: () => eventIndexes.settle(),
    exportMetrics: () => projector.exportMetrics(now()),
    nextDueMs: () => projector.nextDueMs(),
    advanceCursor(target, lane, seq, refused) {
      // Not synced: should the machine lose power, what the target has is sent once more, the same bytes.
      unsyncedTransaction(database, () => {
        for (const { seq: bad, reason } of refused) insertDeadLetter.run(target, reason, now(), bad);
        putCursor.run(cursorName(target, lane), seq);
        outbox.prune(lane);
      });
    },
    removeDeadLetters(ids) {
      return transaction(database, () =>
        ids.reduce((removed, id) => removed + Number(removeDeadLetter.run(id).changes), 0),
      );
    },
    putSamples(round) {
      keeper.assertRoom();
      samples.put(round, now());
    },
    quarantined: readQuarantined(database),
    prune: (request) => pruner.step(request, now()),
    rebuild() {
      try {
        rebuilder ??= createRebuilder({ database, path, store, knownIds, settings: projection, now });
        const step = rebuilder.step();
        if (!step.more) endRebuild();
        return step;
      } catch (error) {
        endRebuild();
        throw error;
      }
    },
    mergeLog: () => merger?.step(),
    mergeWholeLog: () => Number(database.prepare('PRAGMA wal_checkpoint(FULL)').get()?.busy) === 0,
    makeLogRoom: createLogRoom(path, { maxBytes }),
    takeChangedLanes: () => outbox.takeChanged(),
    [Symbol.dispose]() {
      endRebuild();
      merger?.[Symbol.dispose]();
      eventIndexes.close();
      giveBack(database);
      database.close();
      lease[Symbol.dispose]();
    },
  };
}

/** Opens the journal; where that fails the lease is given back, since it may be tried again. */
function openOrRelease(lease: Disposable, path: string, nowMs: number): DatabaseSync {
  try {
    return openJournalDatabase(path, nowMs);
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

/** What was delivered leaves room behind: it is given back at the end, when nobody waits. */
function giveBack(database: DatabaseSync): void {
  try {
    database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES_AT_END})`);
  } catch (error) {
    // A disk that takes nothing more: another end does it.
    if (!isDatabaseError(error)) throw error;
  }
}

/** A position is given once, even where the newest events are gone: cursors stand beyond them. */
function readLastSeq(database: DatabaseSync): number {
  const row = database
    .prepare(
      "SELECT max(coalesce((SELECT max(seq) FROM events), 0), coalesce((SELECT seq FROM cursors WHERE name = 'projection'), 0)) AS seq",
    )
    .get();
  return Number(row?.seq);
}

/** The stable id of this journal, made with it: `service.instance.id` of everything that the bridge says. */
function instanceId(database: DatabaseSync): string {
  database.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('instance_id', ?)").run(randomUUID());
  return String(database.prepare("SELECT value FROM meta WHERE key = 'instance_id'").get()?.value);
}
