import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PruneRequest } from '../../../otel-bridge/domain/journal.ts';
import { agentDays } from '../../helpers/agent-days.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';
import { readFigures } from '../../helpers/read-figures.ts';

const DAY_MS = 86_400_000;
/** Figures are read at one moment: whether a session is idle depends on it. */
const LATER_MS = START_MS + 10 * DAY_MS;
const COUNTERS = [
  'agent.session.count',
  'agent.run.count',
  'agent.token.usage',
  'agent.cost.usage',
  'agent.tool.call.count',
];

function pruneAll(bench: JournalBench, request: PruneRequest): { events: number; facts: number } {
  const sum = { events: 0, facts: 0 };
  for (let more = true; more; ) {
    const step = bench.core.prune(request);
    sum.events += step.events;
    sum.facts += step.facts;
    more = step.more;
  }
  return sum;
}

/** Until every run that nobody ends was ended, and counted. */
function settle(bench: JournalBench): void {
  bench.pass(3_600_000);
  bench.pass(SETTLE_MS);
}

function counters(bench: JournalBench): number[] {
  return COUNTERS.map((metric) => bench.counter(metric));
}

it('figures are the same before and after pruning, and when everything comes once more', () => {
  let prunedFacts = 0;
  fc.assert(
    fc.property(
      agentDays(START_MS),
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
      (events, days, reopens) => {
        using bench = new JournalBench();
        bench.append(...events);
        settle(bench);
        const before = { figures: readFigures(bench.path, LATER_MS), counters: counters(bench) };
        prunedFacts += pruneAll(bench, { beforeMs: START_MS - days * DAY_MS }).facts;
        expect(readFigures(bench.path, LATER_MS)).toEqual(before.figures);

        if (reopens) bench.reopen();
        bench.append(...events);
        settle(bench);
        expect(readFigures(bench.path, LATER_MS)).toEqual(before.figures);
        pruneAll(bench, { beforeMs: START_MS - days * DAY_MS });
        expect(readFigures(bench.path, LATER_MS)).toEqual(before.figures);
        expect(counters(bench)).toEqual(before.counters);
      },
    ),
    { numRuns: 60 },
  );
  expect(prunedFacts).toBeGreaterThan(100);
}, 120_000);

it('leaves nothing of old days but their sums', () => {
  using bench = new JournalBench();
  const [events = []] = fc.sample(agentDays(START_MS), { numRuns: 1, seed: 7 });
  bench.append(...events);
  bench.pass(8 * DAY_MS);
  pruneAll(bench, { beforeMs: bench.nowMs });
  expect(pruneAll(bench, { beforeMs: bench.nowMs })).toEqual({ events: 0, facts: 0 });
  const { sessions } = readFigures(bench.path, LATER_MS) as { sessions: { id: string }[] };
  expect(sessions.length).toBeGreaterThan(0);
});
