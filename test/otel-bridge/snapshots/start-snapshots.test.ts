import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { ReadModel } from '../../../otel-bridge/domain/read-model.ts';
import { openSqliteReadModel } from '../../../otel-bridge/journal/sqlite/reader.ts';
import { startSnapshots } from '../../../otel-bridge/snapshots/start-snapshots.ts';
import {
  createJournalFixture,
  type JournalFixture,
  makeEvent,
  makeFact,
  makeRequest,
  makeSession,
} from '../../helpers/journal-fixture.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');

let journal: JournalFixture;
let readModel: ReadModel;
beforeEach(() => {
  journal = createJournalFixture();
  readModel = openSqliteReadModel({
    path: journal.path,
    clock: () => NOW,
    idleEndMs: 60_000,
    abandonedAfterMs: 120_000,
  });
  const shared = { sessionId: 's1', runId: 'r1' };
  journal.fill({
    sessions: [
      makeSession({ id: 's1', startedMs: NOW - 50_000, lastMs: NOW - 1000 }),
      makeSession({ id: 'over', startedMs: NOW - 900_000, lastMs: NOW - 800_000 }),
    ],
    facts: [
      makeFact({ ...shared, key: 'r', kind: 'run', startMs: NOW - 40_000, endMs: null, state: 'open' }),
      makeRequest({
        ...shared,
        key: 'a',
        startMs: NOW - 30_000,
        endMs: NOW - 29_000,
        data: { model_window_tokens: 200_000 },
      }),
      makeFact({
        ...shared,
        key: 't',
        kind: 'tool',
        name: 'Edit',
        startMs: NOW - 20_000,
        endMs: NOW - 19_000,
        outcome: 'success',
        data: { file_operation: 'edit', file_path: 'a.ts', lines_added: 5, lines_removed: 2 },
      }),
      makeFact({
        ...shared,
        key: 'o',
        kind: 'tool',
        name: 'Bash',
        startMs: NOW - 2000,
        endMs: null,
        state: 'open',
      }),
    ],
    events: [
      makeEvent({
        id: 'm',
        type: 'agent.instructions_loaded',
        tsMs: NOW - 45_000,
        correlation: { sessionId: 's1' },
        payload: { file_path: 'CLAUDE.md' },
      }),
    ],
  });
});
afterEach(() => {
  readModel[Symbol.dispose]();
  journal[Symbol.dispose]();
});

function start() {
  const recorded: AgentEvent[] = [];
  let tell: (events: readonly AgentEvent[]) => void = () => undefined;
  const snapshots = startSnapshots({
    readModel,
    onEvents(listener, isWanted = () => true) {
      tell = (events) => listener(events.filter(isWanted));
      return () => undefined;
    },
    record: async (events) => recorded.push(...events),
    intervalMs: 3_600_000,
    log: { error: (fields, message) => expect.fail(`${message} ${JSON.stringify(fields)}`) },
  });
  return { snapshots, recorded, tell: (events: readonly AgentEvent[]) => tell(events) };
}

describe('snapshots', () => {
  it('say what a running session has before it, once while nothing happens', () => {
    const { snapshots, recorded } = start();
    snapshots.takeAll();
    snapshots.takeAll();
    expect(recorded).toMatchObject([
      {
        type: 'state.snapshot',
        tsMs: NOW - 1000,
        correlation: { sessionId: 's1' },
        payload: {
          reason: 'interval',
          state: 'running',
          context_tokens: 3150,
          context_window_tokens: 200_000,
          open_tools: ['Bash'],
          memory_files: ['CLAUDE.md'],
          tool_calls: 2,
          file_changes: 1,
          changed_files: ['a.ts'],
          lines_added: 5,
          lines_removed: 2,
        },
      },
    ]);
    snapshots[Symbol.dispose]();
  });

  it('are the same event after a restart', () => {
    const before = start();
    before.snapshots.takeAll();
    const after = start();
    after.snapshots.takeAll();
    expect(after.recorded[0]?.id).toBe(before.recorded[0]?.id);
  });

  it('are taken at a compaction, not at one that a transcript tells of later', async () => {
    const { recorded, tell } = start();
    const compaction = makeEvent({
      id: 'c',
      type: 'span.end',
      tsMs: NOW,
      correlation: { sessionId: 's1' },
      payload: { kind: 'compaction' },
    });
    tell([
      { ...compaction, origin: 'telemetry' },
      { ...compaction, origin: 'transcript' },
    ]);
    await waitUntil(
      () => recorded.length,
      (count) => count > 0,
    );
    expect(recorded).toMatchObject([{ payload: { reason: 'compaction' } }]);
  });
});
