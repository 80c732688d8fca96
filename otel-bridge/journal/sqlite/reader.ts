import type { ReadModel } from '../../domain/read-model.ts';
import { createMemo } from './memo.ts';
import { openReadDatabase } from './open-read-database.ts';
import { createAgentReader } from './read-agents.ts';
import { createContextReader } from './read-context.ts';
import { createEventReader } from './read-events.ts';
import { createFactReader } from './read-facts.ts';
import { createGuardLoadReader } from './read-guard-load.ts';
import { createLoadReader } from './read-load.ts';
import { createMachineEventReader } from './read-machine-events.ts';
import { createSessionReader } from './read-sessions.ts';
import { createStatsReader } from './read-stats.ts';
import { createTimeseriesReader } from './read-timeseries.ts';
import { createOpenToolReader, createToolStatsReader } from './read-tools.ts';
import { createUnpricedReader } from './read-unpriced.ts';
import { createUsageReader } from './read-usage.ts';
import { createSampleReader } from './samples/read-samples.ts';

/** Options of `openSqliteReadModel`. */
export interface SqliteReadModelOptions {
  /** The journal's file; the writer has made it and brought its schema up to date. */
  readonly path: string;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  /** Silent for longer than this, a session no longer runs, ms. */
  readonly idleEndMs: number;
  /** Silent for longer than this with a run open, a session was abandoned, ms. */
  readonly abandonedAfterMs: number;
}

/**
 * The read model on the journal's SQLite file, over one read-only connection: reads see every commit and never wait
 * for the writer. Dispose it to close the file.
 * @throws MonitorError `unavailable` where the file is missing or cannot be read.
 */
export function openSqliteReadModel(options: SqliteReadModelOptions): ReadModel {
  const { path, clock = Date.now } = options;
  const database = openReadDatabase(path);
  const memo = createMemo(database);
  const sessions = createSessionReader(database, { ...options, clock });
  const facts = createFactReader(database, { ...options, clock });
  const usage = createUsageReader(database);
  const toolStats = createToolStatsReader(database);
  const stats = createStatsReader(database, path);
  return {
    listEvents: createEventReader(database),
    listSessions: sessions.list,
    session: sessions.get,
    runningSessions: sessions.countRunning,
    runningSessionIds: sessions.runningIds,
    guardLoad: createGuardLoadReader(database, clock),
    contextUse: createContextReader(database),
    sessionFacts: facts.ofSession,
    run: facts.run,
    averageRunMs: facts.averageRunMs,
    usage: (query) => memo(['usage', query], () => usage(query)),
    unpricedModels: createUnpricedReader(database),
    timeseries: createTimeseriesReader(database),
    openTools: createOpenToolReader(database, { ...options, clock }),
    toolStats: (query) => memo(['tools', query], () => toolStats(query)),
    agents: createAgentReader(database, { clock }),
    load: createLoadReader(database, path),
    machineEvents: createMachineEventReader(database),
    samplers: createSampleReader(database),
    stats: () => memo(['stats'], stats),
    [Symbol.dispose]: () => database.close(),
  };
}
