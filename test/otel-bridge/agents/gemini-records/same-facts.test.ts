import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { createJournalCore } from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import {
  type FamilyAgent,
  familyCalls,
  familyScenarios,
  familyTelemetryEvents,
  familyTranscriptEvents,
} from '../../../helpers/gemini-family-fixtures.ts';
import { JournalBench } from '../../../helpers/journal-bench.ts';
import { NO_TARGETS } from '../../../helpers/lane-targets.ts';
import { type ServedCall, sumTokens } from '../../../helpers/served-call.ts';

/** How calls end, where not all end well. */
const OUTCOMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  basic: { success: 2, failure: 1 },
  'prompts-exported': { success: 1, failure: 1 },
  denied: { rejected: 1, error: 1 },
  resume: { success: 1, failure: 1 },
};

class FamilyBench extends JournalBench {
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
        priceOf: () => null,
      },
    });
  }

  figures() {
    const tokens = (type: string) => this.counter('agent.token.usage', { 'gen_ai.token.type': type });
    return {
      input: tokens('input'),
      output: tokens('output'),
      cacheRead: tokens('cache_read'),
      sessions: this.counter('agent.session.count'),
      runs: this.counter('agent.run.count'),
      outcomes: Object.fromEntries(
        this.labels('agent.tool.call.count', 'agent.outcome').map((name) => [
          name,
          this.counter('agent.tool.call.count', { 'agent.outcome': name }),
        ]),
      ),
    };
  }
}

type Figures = ReturnType<FamilyBench['figures']>;

/** What the API served; `calls` are those that the teller knows of. */
function truthOf(scenario: string, calls: readonly ServedCall[], runs: number): Figures {
  const { input, output, cacheRead } = sumTokens(calls);
  const tools = calls.flatMap(({ toolNames }) => toolNames).length;
  const outcomes = OUTCOMES[scenario] ?? (tools === 0 ? {} : { success: tools });
  return { input, output, cacheRead, sessions: 1, runs, outcomes };
}

/** What counters say once all has settled and every run is over. */
function counted(batches: readonly (readonly AgentEvent[])[], pauseMs = 0): FamilyBench {
  const bench = new FamilyBench();
  for (const events of batches) {
    bench.append(...events);
    bench.pass(pauseMs);
  }
  for (let hour = 0; hour < 2; hour++) bench.pass(3_600_000);
  return bench;
}

/** Gemini CLI's transcripts know nothing of the calls by which it chooses a model. */
function inTranscript(agent: FamilyAgent): (call: ServedCall) => boolean {
  return ({ offered }) => agent === 'qwen-code' || offered.length > 0;
}

describe.each(['gemini-cli', 'qwen-code'] as const)('%s', (agent) => {
  // What it sends of a call that was refused is in the tests of its telemetry.
  const scenarios = familyScenarios(agent).filter((name) => name !== 'api-error');

  describe.each(scenarios)('scenario %s', (scenario) => {
    const telemetry = familyTelemetryEvents(agent, scenario);
    const transcripts = familyTranscriptEvents(agent, scenario);
    const calls = familyCalls(agent, scenario);
    const prompts = scenario === 'resume' ? 2 : 1;
    // Qwen Code exports `/compress` as a prompt like any other; its transcripts know better.
    const commands = agent === 'qwen-code' && scenario === 'resume' ? 1 : 0;
    const truth = truthOf(scenario, calls, prompts + commands);

    it('counts what the model API served: transcripts', () => {
      using bench = counted([transcripts]);
      expect(bench.figures()).toEqual(truthOf(scenario, calls.filter(inTranscript(agent)), prompts));
    });

    const orders: [string, AgentEvent[][], number][] = [
      ['telemetry, then transcripts', [telemetry, transcripts], 0],
      ['transcripts, then telemetry', [transcripts, telemetry], 0],
      ['transcripts, settled long before telemetry', [transcripts, telemetry], 60_000],
      ['both, and transcripts again', [telemetry, transcripts, transcripts], 0],
    ];
    it.each(orders)('counts what the model API served: %s', (_name, batches, pauseMs) => {
      using bench = counted(batches, pauseMs);
      expect(bench.figures()).toEqual(truth);
    });

    it('counts what the model API served: telemetry', () => {
      using bench = counted([telemetry]);
      const { outcomes, ...figures } = bench.figures();
      expect(figures).toEqual((({ outcomes: _known, ...rest }) => rest)(truth));
      // Without prompts, Gemini CLI exports no exit code: a command that ran is a success.
      const hidden =
        agent === 'gemini-cli' && scenario !== 'prompts-exported' ? (truth.outcomes.failure ?? 0) : 0;
      const { failure = 0, success = 0, ...others } = outcomes;
      expect({ failure, success, ...others }).toEqual({
        ...truth.outcomes,
        failure: (truth.outcomes.failure ?? 0) - hidden,
        success: (truth.outcomes.success ?? 0) + hidden,
      });
    });

    it('gives different events different ids', () => {
      const byId = Map.groupBy([...telemetry, ...transcripts], ({ id }) => id);
      for (const [first, ...others] of byId.values()) {
        for (const other of others) expect({ ...other, payload: null }).toEqual({ ...first, payload: null });
      }
    });
  });

  it.runIf(agent === 'gemini-cli')('counts a resume once, where transcripts tell of it', () => {
    const events = familyTranscriptEvents(agent, 'resume');
    using bench = counted([familyTelemetryEvents(agent, 'resume'), events, events]);
    expect(bench.counter('agent.session.resume.count')).toBe(1);
    expect(bench.labels('agent.session.count', 'agent.session.start_type')).toEqual(['fresh']);
  });

  it('counts the truth, whatever the order, the batches and what comes twice', () => {
    const plan = fc.record({
      scenario: fc.constantFrom('basic', 'subagents', 'files'),
      order: fc.array(fc.nat(), { minLength: 100, maxLength: 100 }),
      batchSize: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(plan, ({ scenario, order, batchSize }) => {
        const events = [
          ...familyTelemetryEvents(agent, scenario),
          ...familyTranscriptEvents(agent, scenario),
        ];
        const shuffled = events
          .map((event, index) => ({ event, place: order[index % order.length] ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ event }) => event);
        const told = [...shuffled, ...shuffled.slice(0, batchSize)];
        const batches = Array.from({ length: Math.ceil(told.length / batchSize) }, (_, i) =>
          told.slice(i * batchSize, (i + 1) * batchSize),
        );
        using bench = counted(batches);
        expect(bench.figures()).toEqual(truthOf(scenario, familyCalls(agent, scenario), 1));
      }),
      { numRuns: 25 },
    );
  });
});
