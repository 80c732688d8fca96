/** A journal file filled directly, for tests of what reads it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { Fact } from '../../otel-bridge/domain/fact.ts';
import type { SampleRound } from '../../otel-bridge/domain/sample.ts';
import type { Session } from '../../otel-bridge/domain/session.ts';
import { EVENT_COLUMNS, eventRow } from '../../otel-bridge/journal/sqlite/event-row.ts';
import { FACT_COLUMNS, factRow } from '../../otel-bridge/journal/sqlite/fact-row.ts';
import { openDatabase } from '../../otel-bridge/journal/sqlite/open-database.ts';
import { SESSION_COLUMNS, sessionRow } from '../../otel-bridge/journal/sqlite/session-row.ts';
import { upsertSql } from '../../otel-bridge/journal/sqlite/upsert.ts';

/** A journal that is written to by hand. */
export interface JournalFixture extends Disposable {
  readonly path: string;
  /** Puts facts, sessions and events in, in one transaction. */
  fill(content: JournalContent): void;
  /** Runs any SQL on the writer's connection. */
  exec(sql: string): void;
  /** Rows of any SQL on the writer's connection. */
  query(sql: string): Record<string, unknown>[];
}

/** What to fill a journal with. */
export interface JournalContent {
  readonly sessions?: Iterable<Session>;
  readonly facts?: Iterable<Fact & { superseded?: boolean }>;
  readonly events?: Iterable<AgentEvent & { receivedMs?: number }>;
  readonly samples?: Iterable<SampleRound>;
}

/** Makes an empty journal in a folder of its own, which goes when the fixture is disposed. */
export function createJournalFixture(): JournalFixture {
  const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-journal-'));
  const path = join(folder, 'journal.db');
  const database = openDatabase(path);
  const insertSession = database.prepare(upsertSql('sessions', SESSION_COLUMNS));
  const insertFact = database.prepare(upsertSql('facts', FACT_COLUMNS));
  const insertEvent = database.prepare(
    `INSERT INTO events (${EVENT_COLUMNS}) VALUES (${EVENT_COLUMNS.split(',').map(() => '?')})`,
  );
  const insertSampler = database.prepare(
    upsertSql('samplers', ['name', 'taken_ms', 'interval_ms', 'problem']),
  );
  const insertThing = database.prepare(
    'INSERT OR REPLACE INTO sampled (sampler, id, taken_ms, body) VALUES (?, ?, ?, ?)',
  );
  return {
    path,
    fill: ({ sessions = [], facts = [], events = [], samples = [] }) => {
      database.exec('BEGIN');
      for (const session of sessions) insertSession.run(...sessionRow(session));
      for (const fact of facts) insertFact.run(...factRow(fact, fact.superseded ?? false));
      for (const event of events) insertEvent.run(...eventRow(event, event.receivedMs ?? event.tsMs));
      for (const { sampler, taken_ms, interval_ms, problem, things } of samples) {
        insertSampler.run(sampler, taken_ms, interval_ms, problem);
        for (const thing of things) insertThing.run(sampler, thing.id, taken_ms, JSON.stringify(thing));
      }
      database.exec('COMMIT');
    },
    exec: (sql) => database.exec(sql),
    query: (sql) => database.prepare(sql).all(),
    [Symbol.dispose]: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A session of project `demo` and agent `dev`. */
export function makeSession(overrides: Partial<Session> & Pick<Session, 'id' | 'startedMs'>): Session {
  return {
    framework: 'claude-code',
    clientId: null,
    host: 'laptop',
    project: 'demo',
    projectRank: 3,
    agent: 'dev',
    agentRank: 3,
    repository: 'acme/demo',
    branch: 'main',
    cwd: '/home/dev/demo',
    model: 'claude-opus-5-5',
    lastMs: overrides.startedMs,
    endedMs: null,
    endReason: null,
    startType: 'fresh',
    ownSpans: false,
    firstReceivedMs: overrides.startedMs,
    toldMs: {},
    ...overrides,
  };
}

/** A whole, counted fact without tokens; it happened at `endMs`. */
export function makeFact(
  overrides: Partial<Fact> & Pick<Fact, 'key' | 'kind'> & { superseded?: boolean },
): Fact & { superseded?: boolean } {
  const atMs = overrides.endMs ?? overrides.startMs ?? 0;
  return {
    sessionId: null,
    runId: null,
    parentSpanId: null,
    traceId: null,
    eventType: 'span.end',
    startMs: atMs,
    endMs: atMs,
    tsNanos: 0,
    name: null,
    outcome: 'success',
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    costNanoUsd: null,
    costSource: null,
    durationMs: null,
    data: {},
    origins: { 'span.end': 'telemetry' },
    state: 'counted',
    dueMs: null,
    history: false,
    firstReceivedMs: atMs,
    firstJournalSeq: 1,
    ...overrides,
  };
}

/** A model request with tokens and a reported cost. */
export function makeRequest(
  overrides: Partial<Fact> & Pick<Fact, 'key'> & { superseded?: boolean },
): Fact & { superseded?: boolean } {
  return makeFact({
    kind: 'api',
    eventType: 'api.request',
    name: 'claude-opus-5-5',
    inputTokens: 100,
    outputTokens: 20,
    cacheReadTokens: 3000,
    cacheCreationTokens: 50,
    costNanoUsd: 12_345_678,
    costSource: 'reported',
    durationMs: 1200,
    ...overrides,
  });
}

/** An event of agentmon's kind. */
export function makeEvent(
  overrides: Partial<AgentEvent> & Pick<AgentEvent, 'id' | 'type' | 'tsMs'>,
): AgentEvent {
  return {
    tsNanos: 0,
    source: { framework: 'claude-code', clientId: 'dev-1', host: 'laptop' },
    correlation: {},
    attributes: {},
    payload: {},
    origin: 'ingest',
    ...overrides,
  };
}
