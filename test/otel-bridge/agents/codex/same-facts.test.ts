import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { createJournalCore } from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { createPriceOf } from '../../../../otel-bridge/pricing/price-of.ts';
import {
  CODEX_SCENARIOS,
  codexTelemetryEvents,
  codexTranscriptEvents,
  servedCalls,
} from '../../../helpers/codex-fixtures.ts';
import { listPriceNanoUsd, runsOf, toolCallsOf } from '../../../helpers/codex-truth.ts';
import { JournalBench } from '../../../helpers/journal-bench.ts';
import { NO_TARGETS } from '../../../helpers/lane-targets.ts';
import { sumTokens } from '../../../helpers/served-call.ts';

/** Model calls that failed for good; telemetry knows nothing of them, nor of their run. */
const FAILED: Readonly<Record<string, number>> = { 'api-error': 1 };
/** Calls that a person broke off: telemetry has no record of them. */
const BROKEN_OFF: Readonly<Record<string, number>> = { approvals: 1 };
/** Tries that failed and were repeated. */
const REPEATED: Readonly<Record<string, number>> = { retry: 1 };
/** Calls that a policy refused: they did not run. */
const OUTCOMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  failing: { failure: 1, error: 1, rejected: 1 },
  denied: { failure: 1 },
  mcp: { success: 1, failure: 1 },
  hooks: { success: 7, failure: 1 },
  approvals: { success: 2, rejected: 1, cancelled: 1 },
  scripts: { success: 13, failure: 1 },
};

class PricedBench extends JournalBench {
  override nowMs = Date.parse('2026-11-21T16:00:00Z');

  override open() {
    return createJournalCore({
      path: `${this.folder}/journal.db`,
      targets: { ...NO_TARGETS, metrics: ['store'] },
      now: () => this.nowMs,
      settings: {
        settleMs: 10_000,
        historyAfterMs: 86_400_000,
        idleEndMs: 1_800_000,
        rules: [],
        priceOf: createPriceOf({}),
      },
    });
  }

  figures() {
    const tokens = (type: string) => this.counter('agent.token.usage', { 'gen_ai.token.type': type });
    return {
      requests: this.counter('agent.api.request.count'),
      input: tokens('input'),
      output: tokens('output'),
      cacheRead: tokens('cache_read'),
      cacheCreation: tokens('cache_creation'),
      costNanoUsd: Math.round(this.counter('agent.cost.usage') * 1e9),
      sessions: this.counter('agent.session.count'),
      runs: this.counter('agent.run.count'),
      tools: this.counter('agent.tool.call.count'),
    };
  }

  outcomes(): Record<string, number> {
    const names = this.labels('agent.tool.call.count', 'agent.outcome');
    return Object.fromEntries(
      names.map((name) => [name, this.counter('agent.tool.call.count', { 'agent.outcome': name })]),
    );
  }
}

type Figures = ReturnType<PricedBench['figures']>;

function truthOf(scenario: string): Figures {
  const calls = servedCalls(scenario);
  const tokens = sumTokens(calls);
  return {
    requests: calls.length - (REPEATED[scenario] ?? 0),
    input: tokens.input,
    output: tokens.output,
    cacheRead: tokens.cacheRead,
    cacheCreation: tokens.cacheCreation,
    costNanoUsd: listPriceNanoUsd(calls),
    sessions: new Set(calls.map(({ threadId }) => threadId)).size,
    runs: runsOf(calls),
    tools: toolCallsOf(calls),
  };
}

/** What counters say once all has settled and every run is over. */
function counted(batches: readonly (readonly AgentEvent[])[], pauseMs = 0): PricedBench {
  const bench = new PricedBench();
  for (const events of batches) {
    bench.append(...events);
    bench.pass(pauseMs);
  }
  for (let hour = 0; hour < 2; hour++) bench.pass(3_600_000);
  return bench;
}

describe.each(CODEX_SCENARIOS)('Codex, scenario %s', (scenario) => {
  const telemetry = codexTelemetryEvents(scenario);
  const transcripts = codexTranscriptEvents(scenario);
  const truth = truthOf(scenario);
  const failed = FAILED[scenario] ?? 0;

  const orders: [string, AgentEvent[][], number][] = [
    ['telemetry', [telemetry], 0],
    ['transcripts', [transcripts], 0],
    ['telemetry, then transcripts', [telemetry, transcripts], 0],
    ['transcripts, then telemetry', [transcripts, telemetry], 0],
    ['transcripts, settled long before telemetry', [transcripts, telemetry], 60_000],
    ['telemetry, settled long before transcripts, twice', [telemetry, transcripts, transcripts], 60_000],
  ];
  it.each(orders)('counts what the model API served: %s', (name, batches, pauseMs) => {
    using bench = counted(batches, pauseMs);
    const alone = name === 'telemetry';
    const unknown = alone ? failed : 0;
    const brokenOff = alone ? (BROKEN_OFF[scenario] ?? 0) : 0;
    expect(bench.figures()).toEqual({
      ...truth,
      requests: truth.requests - unknown,
      runs: truth.runs - unknown,
      tools: truth.tools - brokenOff,
    });
    const { [scenario]: told = { success: truth.tools } } = OUTCOMES;
    const { cancelled, ...others } = told;
    const outcomes = cancelled === undefined || alone ? others : told;
    expect(bench.outcomes()).toEqual(truth.tools === 0 ? {} : outcomes);
  });

  it('gives different events different ids, however requests are cut', () => {
    const byId = Map.groupBy([...telemetry, ...transcripts], ({ id }) => id);
    for (const [first, ...others] of byId.values()) for (const other of others) expect(other).toEqual(first);
  });
});

describe('Codex, told by telemetry and transcripts at once', () => {
  it('counts a call with what the transcript knows of it, though telemetry came first', () => {
    using bench = counted([codexTelemetryEvents('subagent'), codexTranscriptEvents('subagent')]);
    const calls = servedCalls('subagent');
    const sources = bench.labels('agent.token.usage', 'agent.query_source');
    expect(sources).toEqual(['main', 'subagent']);
    const output = (source: string): number =>
      bench.counter('agent.token.usage', { 'agent.query_source': source, 'gen_ai.token.type': 'output' });
    expect(output('subagent')).toBe(sumTokens(calls.filter(({ subagent }) => subagent)).output);
    expect(output('main')).toBe(sumTokens(calls.filter(({ subagent }) => !subagent)).output);
    expect(bench.counter('agent.api.request.duration')).toBe(calls.length);
  });

  const scenarios = ['resume', 'subagent', 'parallel', 'failing', 'scripts'];
  it('counts the truth, whatever the order, the batches, what comes twice and what telemetry loses', () => {
    const plan = fc.record({
      scenario: fc.constantFrom(...scenarios),
      lost: fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }),
      order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
      batchSize: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(plan, ({ scenario, lost, order, batchSize }) => {
        const telemetry = codexTelemetryEvents(scenario).filter(
          (_, index) => lost[index % lost.length] === false,
        );
        const events = [...telemetry, ...codexTranscriptEvents(scenario)];
        const shuffled = events
          .map((event, index) => ({ event, place: order[index % order.length] ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ event }) => event);
        const told = [...shuffled, ...shuffled.slice(0, batchSize)];
        const batches = Array.from({ length: Math.ceil(told.length / batchSize) }, (_, i) =>
          told.slice(i * batchSize, (i + 1) * batchSize),
        );
        using bench = counted(batches);
        expect(bench.figures()).toEqual(truthOf(scenario));
      }),
      { numRuns: 40 },
    );
  });
});
