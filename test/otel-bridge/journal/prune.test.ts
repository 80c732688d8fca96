import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { PruneRequest } from '../../../otel-bridge/domain/journal.ts';
import { countPrunable } from '../../../otel-bridge/journal/sqlite/prune.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';

let bench: JournalBench;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

/** A run with one tool call; the payload names what must be gone once it is forgotten. */
function runOf(sessionId: string, startMs = START_MS - 60_000): AgentEvent[] {
  const attributes = { project: 'demo', agent: 'zap' };
  const run = { sessionId, runId: `run-of-${sessionId}` };
  const tool = { tool_name: `tool-of-${sessionId}` };
  const span = { correlation: { ...run, spanId: `span-of-${sessionId}` }, attributes };
  return [
    makeEvent({ type: 'run.start', correlation: run, attributes, tsMs: startMs }),
    makeEvent({ type: 'span.start', ...span, payload: tool, tsMs: startMs + 1000 }),
    makeEvent({ type: 'span.end', ...span, payload: { ...tool, status: 'success' }, tsMs: startMs + 2000 }),
    makeEvent({
      type: 'run.end',
      correlation: run,
      attributes,
      payload: { status: 'success' },
      tsMs: startMs + 3000,
    }),
  ];
}

function pruneAll(request: PruneRequest) {
  const sum = { events: 0, facts: 0, records: 0 };
  for (let more = true; more; ) {
    const step = bench.core.prune(request);
    sum.events += step.events;
    sum.facts += step.facts;
    sum.records += step.records;
    more = step.more;
  }
  return sum;
}

function counted(request: PruneRequest) {
  const reader = new DatabaseSync(bench.path, { readOnly: true });
  try {
    return countPrunable(reader, request, { timezone: 'UTC', nowMs: bench.nowMs });
  } finally {
    reader.close();
  }
}

describe('forgetting a session', () => {
  test('takes its events, facts and records, and nothing of any other', () => {
    const kept = runOf('kept');
    bench.append(...runOf('secret'), ...kept);
    bench.pass(SETTLE_MS);
    const before = counted({ sessionId: 'secret' });
    expect(before).toMatchObject({ events: 4 });
    expect(pruneAll({ sessionId: 'secret' })).toEqual(before);
    expect(counted({ sessionId: 'secret' })).toEqual({ events: 0, facts: 0, records: 0 });
    expect(counted({ sessionId: 'kept' })).toMatchObject({ events: 4 });
    expect(new Set(bench.append(...kept))).toEqual(new Set(['duplicate']));
    const records = ['logs', 'traces'].flatMap((lane) => bench.records(lane));
    expect(records.length).toBeGreaterThan(0);
    expect(JSON.stringify(records)).not.toContain('secret');
  });

  test('leaves no text of it in the file', () => {
    bench.append(...runOf('secret'));
    bench.pass(SETTLE_MS);
    pruneAll({ sessionId: 'secret' });
    bench.core[Symbol.dispose]();
    const bytes = readFileSync(bench.path);
    // Identities of facts stay, so that nothing counts twice; what the session said does not.
    expect(bytes.includes('"tool_name":"tool-of-secret"')).toBe(false);
    expect(bytes.includes('"run_id":"run-of-secret"')).toBe(false);
    bench.core = bench.open();
  });

  test('lowers no counter, and what comes of it once more raises none', () => {
    const events = runOf('secret');
    bench.append(...events);
    bench.pass(SETTLE_MS);
    const before = bench.counter('agent.tool.call.count');
    expect(before).toBe(1);
    pruneAll({ sessionId: 'secret' });
    bench.append(...events);
    bench.pass(2 * SETTLE_MS);
    expect(bench.counter('agent.tool.call.count')).toBe(before);
    expect(bench.counter('agent.run.count')).toBe(1);
  });
});

describe('pruning old events', () => {
  test('keeps what is known from them, and everything newer', () => {
    const old = runOf('old', START_MS - 3_600_000);
    bench.append(...old, ...runOf('new'));
    bench.pass(SETTLE_MS);
    const request = { beforeMs: START_MS - 600_000 };
    expect(counted(request)).toEqual({ events: 4, facts: 0, records: 0 });
    expect(pruneAll(request)).toEqual({ events: 4, facts: 0, records: 0 });
    expect(counted({ sessionId: 'new' })).toMatchObject({ events: 4 });
    bench.append(...old);
    bench.pass(2 * SETTLE_MS);
    expect(bench.counter('agent.tool.call.count')).toBe(2);
  });

  test('leaves events that a fact still waits for', () => {
    bench.append(...runOf('old', START_MS - 3_600_000));
    const request = { beforeMs: START_MS };
    expect(pruneAll(request).events).toBeLessThan(4);
    bench.pass(2 * SETTLE_MS);
    pruneAll(request);
    expect(counted(request).events).toBe(0);
    expect(bench.counter('agent.run.count')).toBe(1);
  });

  test('goes on in steps', () => {
    const events = Array.from({ length: 4_500 }, (_, index) =>
      makeEvent({
        type: 'state.snapshot',
        correlation: { sessionId: 's' },
        tsMs: START_MS - 600_000 + index,
      }),
    );
    bench.append(...events);
    bench.pass(2 * SETTLE_MS);
    const first = bench.core.prune({ beforeMs: START_MS });
    expect(first.more).toBe(true);
    expect(first.events + pruneAll({ beforeMs: START_MS }).events).toBe(4_500);
  });
});
