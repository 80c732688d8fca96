import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS } from '../../helpers/journal-bench.ts';
import { type RecordedAgent, recordedAgents } from '../../helpers/recorded-agents.ts';
import { sumTokens } from '../../helpers/served-call.ts';

/** After every recording. */
const RECEIVED_MS = Date.parse('2026-11-21T15:00:00Z');

interface Expected {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly runs: number;
  readonly rejections: number;
}

const none = { sessions: 1, runs: 1, rejections: 0 };

const EXPECTED: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  'copilot-cli': {
    tools: { ...none, outcomes: { 'bash success': 3, 'bash failure': 1 } },
    subagent: { ...none, outcomes: { 'task success': 1, 'bash success': 1 } },
    resume: { ...none, runs: 2, outcomes: { 'bash success': 2 } },
    denied: {
      ...none,
      rejections: 2,
      outcomes: { 'bash rejected': 1, 'create rejected': 1, 'nosuchtool failure': 1 },
    },
    'api-error': { ...none, outcomes: { 'bash success': 1 } },
  },
  opencode: {
    tools: { ...none, outcomes: { 'bash success': 3, 'bash failure': 1 } },
    subagent: { ...none, sessions: 2, runs: 2, outcomes: { 'task success': 1, 'bash success': 1 } },
    resume: { ...none, runs: 2, outcomes: { 'bash success': 2 } },
    // Nothing tells that the run ended: it does after half an hour of silence.
    denied: { ...none, runs: 0, rejections: 2, outcomes: { 'bash rejected': 2 } },
    'api-error': { ...none, outcomes: { 'bash success': 1 } },
  },
};

/** Everything that is compared, of a bench whose clock stands after the recordings. */
function figuresOf(bench: JournalBench): object {
  const outcomes: Record<string, number> = {};
  for (const tool of bench.labels('agent.tool.call.count', 'gen_ai.tool.name')) {
    for (const outcome of bench.labels('agent.tool.call.count', 'agent.outcome')) {
      const where = { 'gen_ai.tool.name': tool, 'agent.outcome': outcome };
      const count = bench.counter('agent.tool.call.count', where);
      if (count > 0) outcomes[`${tool} ${outcome}`] = count;
    }
  }
  const tokens = (type: string) => bench.counter('agent.token.usage', { 'gen_ai.token.type': type });
  return {
    input: tokens('input'),
    output: tokens('output'),
    cacheRead: tokens('cache_read'),
    cacheCreation: tokens('cache_creation'),
    calls: bench.counter('agent.api.request.count'),
    outcomes,
    sessions: bench.counter('agent.session.count'),
    runs: bench.counter('agent.run.count'),
    rejections: bench.counter('agent.permission.decision.count', { 'agent.decision': 'reject' }),
  };
}

function truthOf({ calls }: RecordedAgent, expected: Expected): object {
  const { input, output, cacheRead, cacheCreation } = sumTokens(calls);
  return { input, output, cacheRead, cacheCreation, calls: calls.length, ...expected };
}

function benchWith(requests: readonly (readonly AgentEvent[])[]): JournalBench {
  const bench = new JournalBench();
  bench.nowMs = RECEIVED_MS;
  for (const events of requests) bench.append(...events);
  bench.pass(SETTLE_MS);
  return bench;
}

for (const [folder, scenarios] of Object.entries(EXPECTED)) {
  describe(`what ${folder} sent`, () => {
    for (const recorded of recordedAgents(folder, RECEIVED_MS)) {
      const expected = scenarios[recorded.name];

      it(`in "${recorded.name}" gives the figures of the model API`, () => {
        if (expected === undefined) throw new Error(`Nothing is expected of "${recorded.name}"`);
        using bench = benchWith(recorded.requests);
        expect(figuresOf(bench)).toEqual(truthOf(recorded, expected));
      });
    }

    it('gives the same figures in any order, twice, and however it is cut', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...recordedAgents(folder, RECEIVED_MS)),
          fc.infiniteStream(fc.nat()),
          (recorded, randoms) => {
            const events = recorded.requests.flat();
            const shuffled = [...events, ...events.filter((_, index) => index % 3 === 0)]
              .map((event) => ({ event, rank: randoms.next().value as number }))
              .sort((a, b) => a.rank - b.rank)
              .map(({ event }) => [event]);
            using straight = benchWith(recorded.requests);
            using mixed = benchWith(shuffled);
            expect(figuresOf(mixed)).toEqual(figuresOf(straight));
          },
        ),
        { numRuns: 25 },
      );
    }, 60_000);
  });
}
