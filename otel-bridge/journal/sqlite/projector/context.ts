import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../../domain/event.ts';
import type { Fact } from '../../../domain/fact.ts';
import type { Session } from '../../../domain/session.ts';
import { toLogRecord } from '../../../projections/logs.ts';
import { notableCopy } from '../../../projections/notable.ts';
import type { ProjectionSettings } from '../../../projections/settings.ts';
import { ownerOf } from '../../../projections/settle-fact.ts';
import type { ProjectionStore } from '../../../projections/store.ts';
import type { OutboxTable } from '../outbox-table.ts';
import type { SqliteProjectionStore } from '../projection-store.ts';
import type { SampleTable } from '../samples/sample-table.ts';
import type { SeriesStore } from '../series/series-store.ts';
import { isDatabaseError } from '../sqlite-error.ts';
import { transaction, unsyncedTransaction } from '../transaction.ts';
import { createPermissionModes, type PermissionModes } from './permission-modes.ts';
import { createSessionAccounts, type SessionAccounts } from './session-accounts.ts';
import { createSubagents, type Subagents } from './subagents.ts';
import type { Turn } from './turn.ts';

/** What a projector works with. */
export interface ProjectorOptions {
  readonly database: DatabaseSync;
  readonly store: SqliteProjectionStore & Pick<ProjectionStore, 'isPruned'>;
  readonly series: SeriesStore;
  readonly outbox: OutboxTable;
  /** What was sampled; left out where nothing is exported. */
  readonly samples?: Pick<SampleTable, 'gauges'>;
  readonly settings: ProjectionSettings;
}

/** What the parts of the projector share. */
export interface ProjectorContext extends ProjectorOptions {
  /** Runs one step in one transaction; what it left in memory is forgotten when that fails. */
  atomically(work: () => void): void;
  /**
   * Takes rows one after the other, at least one, until the turn is over, in one transaction. A row that cannot be taken
   * is put aside with its reason and never stops those behind it.
   * @returns whether there were more.
   */
  each(rows: readonly Row[], turn: Turn, part: RowWork): boolean;
  /** The session of an event; undefined where it belongs to none. */
  sessionOf(event: JournalEvent): Session | undefined;
  /** What sessions did, summed beside their log records. */
  readonly accounts: SessionAccounts;
  /** How long sessions were in bypass mode, told in records beside accounts. */
  readonly modes: PermissionModes;
  /** Which sub-agents sessions have, told in records beside those of notable events. */
  readonly subagents: Subagents;
  /** Puts the log record of an event into the outbox, once more where it is notable, and counts it in the account of its session. */
  log(event: JournalEvent, fact: Fact): void;
}

type Row = Record<string, unknown>;

/** How rows are taken. */
export interface RowWork {
  take(row: Row): void;
  /** After the last row that was taken, in the same transaction. */
  finish?(last: Row): void;
  /** What is written of a row that cannot be taken. */
  putAside(row: Row, reason: string): void;
}

/** Makes what the parts share. */
export function createProjectorContext(options: ProjectorOptions): ProjectorContext {
  const { database, store, series, outbox, settings } = options;

  const accounts = createSessionAccounts(database, outbox);
  const modes = createPermissionModes(options);
  const subagents = createSubagents(options);

  const atomically = (work: () => void): void => {
    try {
      // The next append, export or cursor syncs it; until then a crash of the machine only does it again.
      unsyncedTransaction(database, () => {
        work();
        store.flush();
        series.flush();
        accounts.flush();
        modes.flush();
        subagents.reset();
      });
    } catch (error) {
      store.reset();
      series.reset();
      accounts.reset();
      modes.reset();
      subagents.reset();
      throw error;
    }
  };

  /** @param tried gets the rows that were begun with */
  const takeAll = (rows: readonly Row[], isOver: () => boolean, work: RowWork, tried: Row[]): boolean => {
    let more = false;
    atomically(() => {
      for (const row of rows) {
        more = tried.length > 0 && isOver();
        if (more) break;
        tried.push(row);
        work.take(row);
      }
      const last = tried.at(-1);
      if (last !== undefined) work.finish?.(last);
    });
    return more;
  };

  const takeAlone = (row: Row, work: RowWork): void => {
    try {
      takeAll([row], () => false, work, []);
    } catch (error) {
      if (isDatabaseError(error)) throw error;
      transaction(database, () => {
        work.putAside(row, error instanceof Error ? error.message : String(error));
        work.finish?.(row);
      });
    }
  };

  const sessionOf = (event: JournalEvent): Session | undefined =>
    event.correlation.sessionId === undefined ? undefined : store.session(event.correlation.sessionId);

  return {
    ...options,
    accounts,
    modes,
    subagents,
    atomically,
    each(rows, { isOver }, work) {
      const tried: Row[] = [];
      try {
        return takeAll(rows, isOver, work, tried);
      } catch (error) {
        if (isDatabaseError(error)) throw error;
        for (const row of tried) takeAlone(row, work);
        return true;
      }
    },
    sessionOf,
    log(event, fact) {
      const owner = ownerOf(sessionOf(event), event, settings);
      const log = toLogRecord(event, fact, owner, settings);
      outbox.add({ lane: 'logs', log });
      if (!outbox.isTaken('digest/logs')) return;
      const copy = notableCopy(log);
      if (copy !== null) outbox.add({ lane: 'digest/logs', log: copy });
      accounts.add(log, event.receivedMs);
    },
  };
}
