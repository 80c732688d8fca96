import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { telemetryToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../../helpers/journal-bench.ts';
import { makeSpan, type SpanDraft, tracesRequest } from '../../../helpers/otlp-spans.ts';

const RESOURCE = { 'service.name': 'my-agent', project: 'demo', agent: 'alice' };

function eventsOf(drafts: readonly SpanDraft[]): AgentEvent[] {
  return drafts.flatMap((draft) =>
    telemetryToEvents('traces', tracesRequest([makeSpan(draft)], RESOURCE), { receivedMs: START_MS }),
  );
}

function call(id: string, parent: string, input: number, startMs: number): SpanDraft {
  return {
    name: 'chat',
    id,
    parent,
    startMs,
    endMs: startMs + 50,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.conversation.id': 's1',
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': 1,
    },
  };
}

function agent(id: string, parent: string | undefined, calls: readonly SpanDraft[]): SpanDraft {
  const tokens = (name: string) =>
    calls.reduce((sum, { attributes }) => sum + Number(attributes?.[name] ?? 0), 0);
  return {
    name: 'invoke_agent',
    id,
    ...(parent === undefined ? {} : { parent }),
    startMs: Math.min(...calls.map(({ startMs = 0 }) => startMs)) - 10,
    endMs: Math.max(...calls.map(({ endMs = 0 }) => endMs)) + 10,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.conversation.id': 's1',
      'gen_ai.usage.input_tokens': tokens('gen_ai.usage.input_tokens'),
      'gen_ai.usage.output_tokens': tokens('gen_ai.usage.output_tokens'),
    },
  };
}

/** Tokens as counters and as the read model's sums have them. */
function figures(bench: JournalBench): Record<string, number> {
  const [row] = bench.query(
    "SELECT sum(input_tokens + output_tokens) AS tokens FROM facts WHERE kind = 'api' AND superseded = 0",
  );
  return {
    counter: bench.counter('agent.token.usage'),
    readModel: Number(row?.tokens ?? 0),
  };
}

describe('tokens that several levels of a trace repeat', () => {
  it('count once, the lowest level, in any order and however they are cut into requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 0, maxLength: 3 }),
        fc.constantFrom('direct', 'through a span that is unknown'),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.constantFrom(0, 12_000), { minLength: 1, maxLength: 5 }),
        (own, delegated, how, randoms, delays) => {
          const parent = how === 'direct' ? 'root' : 'internal';
          const inner = delegated.map((input, n) => call(`d${n}`, 'sub', input, 1000 + n * 100));
          const outer = own.map((input, n) => call(`c${n}`, parent, input, n * 100));
          const subAgent = inner.length === 0 ? [] : [agent('sub', parent, inner)];
          const spans = [...outer, ...inner, ...subAgent, agent('root', undefined, [...outer, ...inner])];
          const truth = [...own, ...delegated].reduce((sum, input) => sum + input + 1, 0);
          const order = eventsOf(spans)
            .map((event) => ({ event, rank: randoms.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ event }) => event);
          using bench = new JournalBench();
          for (let at = 0; at < order.length; at += 2) {
            bench.append(...order.slice(at, at + 2));
            bench.pass(delays[at % delays.length] ?? 0);
            const { counter = 0, readModel = 0 } = figures(bench);
            expect(counter).toBeLessThanOrEqual(truth);
            expect(readModel).toBeLessThanOrEqual(truth);
          }
          bench.pass(SETTLE_MS);
          expect(figures(bench)).toEqual({ counter: truth, readModel: truth });
          expect(bench.counter('agent.api.request.count')).toBeLessThanOrEqual(spans.length);
        },
      ),
      { numRuns: 80 },
    );
  }, 60_000);

  it('count where only an agent tells them', () => {
    using bench = new JournalBench();
    bench.append(...eventsOf([agent('root', undefined, [call('c', 'root', 9, 0)])]));
    bench.pass(SETTLE_MS);
    expect(figures(bench)).toEqual({ counter: 10, readModel: 10 });
    expect(bench.counter('agent.run.count')).toBe(1);
    expect(bench.counter('agent.api.request.count')).toBe(0);
  });

  it('count once where a client library tells what the library around it told', () => {
    using bench = new JournalBench();
    const outer = { ...call('outer', 'http', 9, 0), endMs: 100 };
    bench.append(...eventsOf([outer, { ...call('inner', 'internal', 9, 10), endMs: 90 }]));
    expect(figures(bench)).toEqual({ counter: 10, readModel: 10 });
  });

  it('count for each of two calls that ran at the same time', () => {
    using bench = new JournalBench();
    const long = { ...call('long', 'http', 9, 0), endMs: 100 };
    bench.append(...eventsOf([long, { ...call('short', 'http', 8, 10), endMs: 90 }]));
    expect(figures(bench)).toEqual({ counter: 19, readModel: 19 });
    expect(bench.counter('agent.api.request.count')).toBe(2);
  });
});
