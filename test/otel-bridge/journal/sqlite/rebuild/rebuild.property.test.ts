import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../../otel-bridge/domain/event.ts';
import type { PruneRequest } from '../../../../../otel-bridge/domain/journal.ts';
import type { RebuildStep } from '../../../../../otel-bridge/journal/sqlite/rebuild/rebuilder.ts';
import { agentDays } from '../../../../helpers/agent-days.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';
import { readFigures } from '../../../../helpers/read-figures.ts';

const DAY_MS = 86_400_000;
const LATER_MS = START_MS + 10 * DAY_MS;

function rebuild(bench: JournalBench, meanwhile: () => void = () => {}): RebuildStep {
  for (;;) {
    const step = bench.core.rebuild();
    if (!step.more) return step;
    meanwhile();
  }
}

function pruneAll(bench: JournalBench, request: PruneRequest): void {
  while (bench.core.prune(request).more);
}

/** Everything that a rebuild may touch, and everything that it must not. */
function contentOf(path: string): Record<string, unknown[]> {
  using reader = new DatabaseSync(path, { readOnly: true });
  const all = (sql: string): unknown[] => reader.prepare(sql).all();
  return {
    facts: all('SELECT * FROM facts ORDER BY key').map((row) => ({ ...(row as object), id: null })),
    sessions: all('SELECT * FROM sessions ORDER BY id'),
    series: all('SELECT * FROM series ORDER BY id'),
    outbox: all('SELECT seq, lane FROM outbox ORDER BY seq'),
    rollups: all('SELECT * FROM rollups'),
    log_due: all('SELECT * FROM log_due'),
  };
}

function execute(path: string, sql: string): void {
  using writer = new DatabaseSync(path);
  writer.exec(sql);
}

/** Takes events in with pauses, so that some settle, some runs end by silence and some wait. */
function live(bench: JournalBench, events: readonly AgentEvent[], delays: readonly number[]): void {
  for (let at = 0, turn = 0; at < events.length; turn += 1) {
    const size = 1 + (turn % 4);
    bench.append(...events.slice(at, at + size));
    bench.pass(delays[turn % delays.length] ?? 0);
    at += size;
  }
}

const days = agentDays(START_MS);
const delays = fc.array(fc.constantFrom(0, 300, 12_000, 2_000_000), { minLength: 1, maxLength: 6 });
const prune = fc.constantFrom(null, ...[0, 1, 2, 3].map((ago) => ({ beforeMs: START_MS - ago * DAY_MS })), {
  sessionId: 's2',
});

describe('a rebuild of the read model', () => {
  it('changes nothing where nothing is wrong, whatever came, settled and was pruned', () => {
    fc.assert(
      fc.property(days, delays, prune, fc.boolean(), (events, pauses, request, reopens) => {
        using bench = new JournalBench();
        live(bench, events, pauses);
        if (request !== null) pruneAll(bench, request);
        if (reopens) bench.reopen();
        const before = contentOf(bench.path);
        expect(rebuild(bench)).toMatchObject({ corrected: 0, added: 0, removed: 0, unreadable: 0 });
        expect(contentOf(bench.path)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('puts right whatever was done to facts and sessions, and moves no counter', () => {
    const damages = [
      'UPDATE facts SET input_tokens = input_tokens + 7, name = NULL',
      `DELETE FROM facts WHERE state = 'counted' AND id % 2 = 0`,
      `UPDATE facts SET kind = 'event', outcome = 'error'`,
      `UPDATE sessions SET project = 'wrong', started_ms = 0`,
      `DELETE FROM sessions WHERE id = 's1'`,
      `INSERT INTO facts SELECT NULL, 'api:invented', 'api', session_id, run_id, parent_span_id, trace_id, event_type,
         start_ms, end_ms, at_ms, ts_nanos, 'm', outcome, 9, 9, 9, 9, 9, 'reported', duration_ms, data, origins,
         'counted', NULL, 0, 0, first_received_ms, first_seq, NULL FROM facts LIMIT 1`,
    ];
    fc.assert(
      fc.property(days, fc.subarray(damages, { minLength: 1 }), (events, chosen) => {
        using bench = new JournalBench();
        bench.append(...events);
        bench.pass(3_600_000);
        bench.pass(SETTLE_MS);
        const figures = readFigures(bench.path, LATER_MS);
        const before = contentOf(bench.path);
        for (const sql of chosen) execute(bench.path, sql);
        bench.reopen();
        rebuild(bench);
        const after = contentOf(bench.path);
        expect(readFigures(bench.path, LATER_MS)).toEqual(figures);
        expect({ series: after.series, outbox: after.outbox }).toEqual({
          series: before.series,
          outbox: before.outbox,
        });
        expect(rebuild(bench)).toMatchObject({ corrected: 0, added: 0, removed: 0 });
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('goes on beside live events, which end as without it', () => {
    const calls = (from: number): AgentEvent[] =>
      Array.from({ length: 400 }, (_, n) =>
        makeEvent({
          id: `call-${from + n}`,
          type: 'api.request',
          correlation: { sessionId: `s${n % 5}`, runId: `r${n % 50}` },
          tsMs: START_MS - 60_000 + n,
          payload: { model: 'priced', input_tokens: 1, request_id: `req-${from + n}` },
        }),
      );
    using bench = new JournalBench();
    for (let from = 0; from < 4000; from += 400) bench.append(...calls(from));
    let next = 4000;
    const result = rebuild(bench, () => {
      if (next >= 8000) return;
      bench.append(...calls(next));
      next += 400;
      bench.pass(1000);
    });
    expect(next).toBeGreaterThan(4000);
    expect(result).toMatchObject({ corrected: 0, added: 0, removed: 0 });
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.api.request.count')).toBe(next);
    expect(rebuild(bench)).toMatchObject({ eventsDone: next, corrected: 0, added: 0, removed: 0 });
  });

  it('leaves nothing behind, also where it was interrupted', () => {
    using bench = new JournalBench();
    bench.append(makeEvent({ type: 'error' }));
    bench.core.rebuild();
    bench.reopen();
    expect(existsSync(`${bench.path}.rebuild`)).toBe(false);
    rebuild(bench);
    expect(existsSync(`${bench.path}.rebuild`)).toBe(false);
  });
});
