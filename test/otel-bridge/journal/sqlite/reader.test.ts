import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReadModel } from '../../../../otel-bridge/domain/read-model.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';
import {
  createJournalFixture,
  type JournalFixture,
  makeEvent,
  makeFact,
  makeRequest,
  makeSession,
} from '../../../helpers/journal-fixture.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let journal: JournalFixture;
let model: ReadModel;
beforeEach(() => {
  journal = createJournalFixture();
  model = openSqliteReadModel({
    path: journal.path,
    clock: () => NOW,
    idleEndMs: 30 * MINUTE_MS,
    abandonedAfterMs: 2 * HOUR_MS,
  });
});
afterEach(() => {
  model[Symbol.dispose]();
  journal[Symbol.dispose]();
});

test('openSqliteReadModel() says what to do where there is no journal', () => {
  const open = () =>
    openSqliteReadModel({ path: '/nonexistent/journal.db', idleEndMs: 1, abandonedAfterMs: 1 });
  expect(open).toThrow(/Cannot read journal "\/nonexistent\/journal.db": .*monitor up/);
});

describe('listSessions()', () => {
  const seen = (id: string, minutesAgo: number, more = {}) =>
    makeSession({ id, startedMs: NOW - 5 * HOUR_MS, lastMs: NOW - minutesAgo * MINUTE_MS, ...more });

  test('pages through all sessions, newest activity first, whatever their ids', () => {
    const ids = ['c', 'a', 'ü:1', 'b', 'd'];
    journal.fill({ sessions: ids.map((id, index) => seen(id, index < 3 ? 1 : index)) });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = model.listSessions({ limit: 2, cursor });
      found.push(...page.sessions.map((session) => session.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(['ü:1', 'c', 'a', 'b', 'd']);
  });

  test('filters', () => {
    journal.fill({
      sessions: [
        seen('a', 1, { project: 'shop', framework: 'codex', host: 'vm1' }),
        seen('b', 90, { agent: 'nightly' }),
      ],
    });
    const ids = (filter: object) => model.listSessions({ limit: 10, ...filter }).sessions.map(({ id }) => id);
    expect(ids({ project: 'shop' })).toEqual(['a']);
    expect(ids({ agent: 'nightly' })).toEqual(['b']);
    expect(ids({ framework: 'codex' })).toEqual(['a']);
    expect(ids({ host: 'vm1' })).toEqual(['a']);
    expect(ids({ fromMs: NOW - HOUR_MS })).toEqual(['a']);
    expect(ids({ toMs: NOW - 6 * HOUR_MS })).toEqual([]);
  });

  test('refuses a cursor that it never gave', () => {
    expect(() => model.listSessions({ limit: 1, cursor: 'nonsense' })).toThrow(/parameter "cursor"/);
  });

  test('tells sessions that run from those that ended, fell idle or were abandoned', () => {
    const openRun = (sessionId: string) =>
      makeFact({ key: `run:${sessionId}`, kind: 'run', sessionId, startMs: 1, endMs: null, state: 'open' });
    journal.fill({
      sessions: [
        seen('running', 29),
        seen('said so', 1, { endedMs: NOW - MINUTE_MS }),
        seen('silent', 31),
        seen('idle', 32),
        seen('abandoned', 121),
      ],
      facts: [openRun('idle'), openRun('abandoned')],
    });
    const states = model.listSessions({ limit: 10 }).sessions.map(({ id, state }) => [id, state]);
    expect(Object.fromEntries(states)).toEqual({
      running: 'running',
      'said so': 'ended',
      silent: 'ended',
      idle: 'idle',
      abandoned: 'abandoned',
    });
    expect(model.runningSessions()).toBe(1);
  });

  test('sums what a session used, each fact once', () => {
    journal.fill({
      sessions: [seen('s', 1)],
      facts: [
        makeRequest({ key: 'a', sessionId: 's', endMs: NOW }),
        makeRequest({ key: 'b', sessionId: 's', endMs: NOW, outcome: 'error', costSource: 'computed' }),
        makeRequest({ key: 'c', kind: 'usage', sessionId: 's', endMs: NOW, superseded: true }),
        makeFact({ key: 'd', kind: 'tool', sessionId: 's', endMs: NOW, outcome: 'failure' }),
        makeFact({ key: 'e', kind: 'tool', sessionId: 's', startMs: NOW, endMs: null, state: 'open' }),
        makeFact({ key: 'f', kind: 'run', sessionId: 's', endMs: NOW }),
        makeFact({ key: 'g', kind: 'event', eventType: 'error', sessionId: 's', endMs: NOW }),
      ],
    });
    expect(model.session('s')?.totals).toEqual({
      sessions: 1,
      runs: 1,
      toolCalls: 1,
      tasks: 1,
      tasksFailed: 0,
      linesAdded: 0,
      linesRemoved: 0,
      commits: 0,
      pullRequests: 0,
      errors: 3,
      inputTokens: 200,
      outputTokens: 40,
      cacheReadTokens: 6000,
      cacheCreationTokens: 100,
      costNanoUsd: 24_691_356,
      costComputedNanoUsd: 12_345_678,
      unpricedRequests: 0,
    });
    expect(model.session('unknown')).toBeNull();
  });
});

describe('sessionFacts() and run()', () => {
  test('tell facts in order of their start, with what is not summed marked', () => {
    journal.fill({
      facts: [
        makeFact({ key: 'tool', kind: 'tool', sessionId: 's', runId: 'r', startMs: 20, endMs: 90 }),
        makeRequest({ key: 'api', sessionId: 's', runId: 'r', startMs: 10, endMs: 95 }),
        makeRequest({ key: 'usage', kind: 'usage', sessionId: 's', runId: 'r', endMs: 99, superseded: true }),
        makeFact({
          key: 'run',
          kind: 'run',
          sessionId: 's',
          runId: 'r',
          startMs: 5,
          endMs: 100,
          durationMs: 95,
        }),
        makeFact({ key: 'other', kind: 'tool', sessionId: 's', runId: 'r2', endMs: 200 }),
        makeFact({ key: 'elsewhere', kind: 'tool', sessionId: 's2', runId: 'r', endMs: 50 }),
      ],
    });
    const facts = model.sessionFacts('s');
    expect(facts.map(({ key }) => key)).toEqual(['run', 'api', 'tool', 'usage', 'other']);
    expect(facts.filter(({ superseded }) => superseded).map(({ key }) => key)).toEqual(['usage']);
    const found = model.run('r');
    expect(found?.run.key).toBe('run');
    expect(found?.spans.map(({ key }) => key)).toEqual(['api', 'tool', 'usage']);
    expect(model.run('r9')).toBeNull();
    expect(model.averageRunMs(0, 1000)).toBe(95);
    expect(model.averageRunMs(500, 1000)).toBeNull();
  });
});

test('listEvents() gives the newest first, with everything that the sender said', () => {
  journal.fill({
    events: [
      makeEvent({ id: 'a', type: 'run.start', tsMs: 100, correlation: { sessionId: 's', spanId: 'x' } }),
      makeEvent({ id: 'b', type: 'error', tsMs: 300, payload: { message: 'no' }, seq: 7 }),
      makeEvent({ id: 'c', type: 'error', tsMs: 200, source: { framework: 'codex' } }),
    ],
  });
  const ids = (filter: object) => model.listEvents({ limit: 10, ...filter }).map(({ id }) => id);
  expect(ids({})).toEqual(['b', 'c', 'a']);
  expect(ids({ limit: 1 })).toEqual(['b']);
  expect(ids({ type: 'error' })).toEqual(['b', 'c']);
  expect(ids({ type: 'error', framework: 'codex' })).toEqual(['c']);
  expect(ids({ sessionId: 's' })).toEqual(['a']);
  expect(model.listEvents({ limit: 1 })[0]).toMatchObject({ payload: { message: 'no' }, seq: 7 });
});

test('openTools() leaves out calls whose session is over or abandoned', () => {
  const open = (key: string, sessionId: string | null, startMs: number) =>
    makeFact({ key, kind: 'tool', name: key, sessionId, startMs, endMs: null, state: 'open' });
  journal.fill({
    sessions: [
      makeSession({ id: 'live', startedMs: NOW - HOUR_MS, lastMs: NOW }),
      makeSession({ id: 'over', startedMs: NOW - HOUR_MS, lastMs: NOW, endedMs: NOW }),
      makeSession({ id: 'left', startedMs: NOW - 9 * HOUR_MS, lastMs: NOW - 3 * HOUR_MS }),
    ],
    facts: [
      open('Read', 'live', NOW - 10),
      open('Bash', 'live', NOW - 900),
      open('Gone', 'over', NOW - 900),
      open('Lost', 'left', NOW - 3 * HOUR_MS),
      open('Stray', null, NOW - 5),
      makeFact({ key: 'done', kind: 'tool', sessionId: 'live', endMs: NOW }),
    ],
  });
  const tools = model.openTools();
  expect(tools.map(({ name }) => name)).toEqual(['Bash', 'Read', 'Stray']);
  expect(tools[0]).toMatchObject({ sessionId: 'live', project: 'demo', startedMs: NOW - 900 });
  expect(tools[2]).toMatchObject({ sessionId: null, project: 'unassigned' });
});

test('toolStats() counts calls, failures and time per tool', () => {
  const call = (key: string, name: string, sessionId: string, more = {}) =>
    makeFact({ key, kind: 'tool', name, sessionId, endMs: NOW - 10, ...more });
  journal.fill({
    sessions: [
      makeSession({ id: 'a', startedMs: NOW }),
      makeSession({ id: 'b', startedMs: NOW, project: 'shop' }),
    ],
    facts: [
      call('1', 'Bash', 'a', { durationMs: 100 }),
      call('2', 'Bash', 'a', { durationMs: 300, outcome: 'failure' }),
      call('3', 'Bash', 'b'),
      call('4', 'Read', 'b'),
      call('5', 'Read', 'b', { endMs: NOW + 5 }),
    ],
  });
  expect(model.toolStats({ fromMs: 0, toMs: NOW })).toEqual([
    { name: 'Bash', calls: 3, errors: 1, totalDurationMs: 400, maxDurationMs: 300 },
    { name: 'Read', calls: 1, errors: 0, totalDurationMs: null, maxDurationMs: null },
  ]);
  expect(model.toolStats({ fromMs: 0, toMs: NOW, project: 'shop' }).map(({ calls }) => calls)).toEqual([
    1, 1,
  ]);
});

test('timeseries() has a bucket for every step of the range', () => {
  journal.fill({
    facts: [
      makeFact({ key: 'run', kind: 'run', endMs: 60_000 }),
      makeFact({ key: 'tool', kind: 'tool', endMs: 179_999, outcome: 'error' }),
      makeRequest({ key: 'api', endMs: 180_000, outcome: 'error' }),
      makeFact({ key: 'late', kind: 'run', endMs: 240_000 }),
    ],
  });
  expect(model.timeseries({ fromMs: 65_000, toMs: 235_000, bucketMs: 60_000 })).toEqual([
    { tsMs: 60_000, runs: 1, tools: 0, errors: 0 },
    { tsMs: 120_000, runs: 0, tools: 1, errors: 1 },
    { tsMs: 180_000, runs: 0, tools: 0, errors: 1 },
  ]);
});

test('unpricedModels() names models with tokens and without a cost', () => {
  journal.fill({
    facts: [
      makeRequest({ key: 'a', name: 'homegrown', costNanoUsd: null, costSource: null, endMs: NOW }),
      makeRequest({ key: 'b', endMs: NOW }),
      makeRequest({ key: 'c', name: 'old', costNanoUsd: null, costSource: null, endMs: NOW - HOUR_MS }),
      makeFact({ key: 'd', kind: 'api', name: 'failed', outcome: 'error', endMs: NOW }),
    ],
  });
  expect(model.unpricedModels(NOW - 1000)).toEqual([{ model: 'homegrown', requests: 1, tokens: 3170 }]);
});

test('agents() tells when each agent was last heard', () => {
  const startedMs = NOW - 50 * HOUR_MS;
  journal.fill({
    sessions: [
      makeSession({ id: 'a', startedMs, lastMs: NOW - HOUR_MS, toldMs: { telemetry: NOW - 7 } }),
      makeSession({ id: 'b', startedMs, lastMs: NOW - 30 * HOUR_MS, toldMs: { telemetry: NOW - 9 } }),
      makeSession({ id: 'c', startedMs, lastMs: NOW, agent: 'nightly' }),
    ],
  });
  const shared = { framework: 'claude-code', project: 'demo', lastMetricMs: null, lastSpanMs: null };
  expect(model.agents()).toEqual([
    { ...shared, agent: 'nightly', lastEventMs: NOW, lastLogMs: null, sessions24h: 1 },
    { ...shared, agent: 'dev', lastEventMs: NOW - HOUR_MS, lastLogMs: NOW - 7, sessions24h: 1 },
  ]);
});

test('stats() counts what is there and what waits', () => {
  expect(model.stats()).toMatchObject({ events: 0, oldestEventMs: null, newestEventMs: null });
  journal.fill({
    events: [5, 9].map((tsMs) => makeEvent({ id: String(tsMs), type: 'error', tsMs })),
    facts: [
      makeFact({ key: 'a', kind: 'tool', state: 'ready', dueMs: 5 }),
      makeFact({ key: 'b', kind: 'run' }),
    ],
  });
  expect(model.stats()).toMatchObject({
    events: 2,
    sessions: 0,
    unprojectedEvents: 2,
    pendingFacts: 1,
    outbox: 0,
    deadLetters: 0,
    oldestEventMs: 5,
    newestEventMs: 9,
  });
  expect(model.stats().sizeBytes).toBeGreaterThan(10_000);
});
