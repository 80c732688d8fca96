import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentEvent, Origin } from '../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';

const COUNTERS = [
  'agent.session.count',
  'agent.api.request.count',
  'agent.token.usage',
  'agent.cost.usage',
  'agent.tool.call.count',
  'agent.permission.decision.count',
];

/** One thing that happened, and which origins tell of it. */
interface Happening {
  readonly session: string;
  readonly kind: 'api' | 'tool';
  readonly tokens: number;
  readonly origins: readonly Origin[];
  readonly requestId: boolean;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  session: fc.constantFrom('s1', 's2'),
  kind: fc.constantFrom('api', 'tool'),
  tokens: fc.integer({ min: 1, max: 3 }),
  origins: fc.subarray<Origin>(['telemetry', 'transcript', 'hook'], { minLength: 1 }),
  requestId: fc.boolean(),
});

function eventsOf({ session, kind, tokens, origins, requestId }: Happening, place: number): AgentEvent[] {
  return origins.flatMap((origin): AgentEvent[] => {
    const common = {
      tsMs: START_MS - 100_000 + place * 1000,
      tsNanos: 0,
      source: { framework: 'claude-code', host: 'box' },
      correlation: { sessionId: session },
      attributes: { project: 'demo', agent: 'a' },
      origin,
    };
    if (kind === 'api') {
      // Without request ids calls are told apart by place alone; hooks do not tell of them then.
      if (!requestId && origin === 'hook') return [];
      const ids = requestId ? { request_id: `req${place}` } : { message_id: `m${place}` };
      return [
        {
          ...common,
          id: `${origin}-api-${place}`,
          type: 'api.request',
          payload: {
            ...ids,
            model: 'priced',
            input_tokens: tokens,
            output_tokens: 1,
            cost_usd: tokens * 1e-6,
          },
        },
      ];
    }
    const tool = { tool_name: 'Bash', tool_use_id: `t${place}` };
    return [
      { ...common, id: `${origin}-start-${place}`, type: 'span.start', payload: tool },
      {
        ...common,
        id: `${origin}-end-${place}`,
        type: 'span.end',
        payload: { ...tool, status: 'success', duration_ms: 5 },
      },
    ];
  });
}

function totals(bench: JournalBench): Record<string, number> {
  return Object.fromEntries(
    COUNTERS.map((metric) => [metric, Math.round(bench.counter(metric) * 1e9) / 1e9]),
  );
}

it('any order, duplication, batching and delay of what several sources tell gives the same counters', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.constantFrom(0, 300, 12_000), { minLength: 1, maxLength: 6 }),
      (happenings, randoms, delays) => {
        const events = happenings.flatMap(eventsOf);
        using straight = new JournalBench();
        straight.append(...events);
        straight.pass(SETTLE_MS);
        const truth = totals(straight);
        using shuffled = new JournalBench();
        const order = [...events, ...events.filter((_, index) => index % 3 === 0)]
          .map((event) => ({ event, rank: randoms.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ event }) => event);
        for (let at = 0; at < order.length; ) {
          const size = 1 + ((randoms.next().value as number) % 4);
          shuffled.append(...order.slice(at, at + size));
          shuffled.pass(delays[at % delays.length] ?? 0);
          at += size;
          const soFar = totals(shuffled);
          for (const metric of COUNTERS)
            expect(soFar[metric]).toBeLessThanOrEqual((truth[metric] ?? 0) + 1e-12);
        }
        shuffled.pass(SETTLE_MS);
        expect(totals(shuffled)).toEqual(truth);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
