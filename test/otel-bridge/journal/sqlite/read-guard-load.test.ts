import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuardLoadReader } from '../../../../otel-bridge/journal/sqlite/read-guard-load.ts';
import {
  createJournalFixture,
  type JournalFixture,
  makeFact,
  makeRequest,
  makeSession,
} from '../../../helpers/journal-fixture.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const SECOND_MS = 1000;

let journal: JournalFixture;
let database: DatabaseSync;
beforeEach(() => {
  journal = createJournalFixture();
  database = new DatabaseSync(journal.path, { readOnly: true });
});
afterEach(() => {
  database.close();
  journal[Symbol.dispose]();
});

const run = (runId: string, secondsAgo: number, more = {}) =>
  makeFact({
    key: `run:${runId}`,
    kind: 'run',
    sessionId: 's',
    runId,
    startMs: NOW - secondsAgo * SECOND_MS,
    ...more,
  });

const call = (key: string, secondsAgo: number, more = {}) =>
  makeFact({
    key,
    kind: 'tool',
    sessionId: 's',
    runId: 'new',
    startMs: NOW - secondsAgo * SECOND_MS,
    endMs: NOW - secondsAgo * SECOND_MS,
    ...more,
  });

test('what a session used up: of its newest run what models took, of all of it files and failures in a row', () => {
  const used = { sessionId: 's', runId: 'new' };
  journal.fill({
    sessions: [makeSession({ id: 's', startedMs: NOW - 900 * SECOND_MS, project: 'shop' })],
    facts: [
      run('old', 900),
      run('new', 100, { startMs: NOW - 100 * SECOND_MS, endMs: null, data: { task_id: 't' } }),
      makeRequest({ key: 'r1', ...used }),
      makeRequest({ key: 'r2', ...used, costNanoUsd: null }),
      makeRequest({ key: 'r3', ...used, superseded: true }),
      makeRequest({ key: 'of the run before', sessionId: 's', runId: 'old' }),
      makeRequest({ key: 'of another session', sessionId: 'other', runId: 'new' }),
      makeRequest({ key: 'told for the run', ...used, kind: 'usage', inputTokens: 1000, costNanoUsd: 1 }),
      call('c1', 50, { data: { action: 'file' }, outcome: 'failure' }),
      call('c2', 40, { data: { action: 'file' } }),
      call('c3', 30, { outcome: 'error', firstJournalSeq: 2 }),
      call('c4', 30, { outcome: 'failure', data: { action: 'command' } }),
      // Still under way, so neither well nor failed; it is an operation on a file all the same.
      call('c5', 20, { endMs: null, data: { action: 'file' } }),
      makeFact({ key: 'no call', kind: 'span', sessionId: 's', data: { action: 'file' } }),
    ],
  });
  const load = createGuardLoadReader(database, () => NOW);
  expect(load('unknown')).toBeNull();
  expect(load('s')).toEqual({
    project: 'shop',
    agent: 'dev',
    framework: 'claude-code',
    host: 'laptop',
    runId: 'new',
    taskId: 't',
    runStartedMs: NOW - 100 * SECOND_MS,
    runUntilMs: NOW,
    tokens: 170 + 170 + 1000 + 20 + 50,
    costNanoUsd: 12_345_678 + 1,
    fileOperations: 3,
    failuresInRow: 2,
  });
  journal.fill({ facts: [call('c6', 10, { outcome: 'failure' })] });
  expect(load('s')?.failuresInRow).toBe(3);
  journal.fill({ facts: [call('c7', 5)] });
  expect(load('s')?.failuresInRow).toBe(0);
});

test('nothing is searched or sorted that gets longer with the session', () => {
  const prepared = vi.spyOn(database, 'prepare');
  createGuardLoadReader(database, () => NOW);
  const texts = prepared.mock.calls.map(([sql]) => sql);
  prepared.mockRestore();
  const plans = texts.map((sql) => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return steps
      .map(({ detail }) => String(detail))
      .filter((detail) => /SEARCH|SCAN facts|B-TREE/.test(detail));
  });
  const ofFacts = plans.slice(1).flat();
  expect(plans.length).toBe(5);
  expect(ofFacts).toEqual([
    'SEARCH facts USING INDEX facts_session_runs (session_id=?)',
    'SEARCH facts USING INDEX facts_calls (session_id=? AND run_id=?)',
    'SEARCH facts USING INDEX facts_told_usage (session_id=? AND run_id=?)',
    expect.stringMatching(/^SEARCH facts USING (COVERING )?INDEX facts_file_calls \(session_id=\?\)$/),
    // Newest first, up to the first that went well; what ended at one moment is sorted.
    'SEARCH facts USING INDEX facts_by_session (session_id=?)',
    'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
  ]);
});
