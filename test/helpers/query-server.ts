/** The query server on a real port, over a journal that a test fills. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { createGuardRules } from '../../otel-bridge/guardrails/guard-rules.ts';
import { createRebuildJob } from '../../otel-bridge/journal/rebuild-job.ts';
import { openSqliteReadModel } from '../../otel-bridge/journal/sqlite/reader.ts';
import type { QueryServerOptions } from '../../otel-bridge/query/options.ts';
import { createQueryServer } from '../../otel-bridge/query/server.ts';
import { NO_GUARDRAILS } from './bridge-config.ts';
import { createJournalFixture, type JournalFixture } from './journal-fixture.ts';
import { MemoryJournal } from './memory-journal.ts';
import { RecordingLog } from './recording-log.ts';

/** A running query server. */
export interface TestQueryServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly journal: JournalFixture;
  /** Fields and messages that were logged as errors. */
  readonly logged: [object, string][];
  /** Answer of a GET as JSON, with its status. */
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
}

/** Starts it on any free port; whatever is not given lets everyone in. */
export async function startQueryServer(
  options: Partial<Omit<QueryServerOptions, 'readModel' | 'log'>> = {},
): Promise<TestQueryServer> {
  const journal = createJournalFixture();
  const limits = { idleEndMs: 30 * 60_000, abandonedAfterMs: 2 * 3_600_000 };
  const readModel = openSqliteReadModel({
    path: journal.path,
    ...limits,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const rebuild = createRebuildJob(new MemoryJournal(), new RecordingLog());
  const logged: [object, string][] = [];
  const query = await createQueryServer({
    config: {
      timezone: 'UTC',
      billing: {},
      prices: {},
      sessions: {
        idle_end_ms: limits.idleEndMs,
        abandoned_after_ms: limits.abandonedAfterMs,
        snapshot_interval_ms: null,
      },
      facts: { settle_ms: 10_000, history_after_ms: 24 * 3_600_000 },
    },
    onEvents: () => () => undefined,
    rulesOf: createGuardRules({ default: NO_GUARDRAILS, projects: {} }),
    access: { isKnownHost: () => true, isKnownOrigin: () => false, mayRead: () => true },
    operations: {
      listDeadLetters: async () => [],
      retryDeadLetters: async () => [],
      prune: async () => ({ events: 0, facts: 0, records: 0 }),
      countPrunable: async () => ({ events: 0, facts: 0, records: 0 }),
      startRebuild: rebuild.start,
      rebuildStatus: rebuild.status,
    },
    status: () => ({ import: null, delivery: [], signals: [] }),
    ...options,
    readModel,
    log: { error: (fields, message) => logged.push([fields, message]) },
  });
  // As the supervisor hands them over: paused, nothing read yet.
  const front = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    query.server.emit('connection', socket);
    socket.resume();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return {
    url,
    journal,
    logged,
    get: async (path, headers = {}) => {
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, body: await response.json() };
    },
    [Symbol.asyncDispose]: async () => {
      await query[Symbol.asyncDispose]();
      front.close();
      readModel[Symbol.dispose]();
      journal[Symbol.dispose]();
    },
  };
}
