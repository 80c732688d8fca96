import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

let bench: JournalBench;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

const IDLE_MS = 1_800_000;
const runs = (metric = 'agent.run.count'): number => bench.counter(metric);

describe('runs that nobody ends', () => {
  it('end with their idle session, however many others wait for an end that their agent must say', () => {
    for (let n = 0; n < 600; n += 1) {
      bench.append(
        makeEvent({ type: 'run.start', correlation: { sessionId: `open-${n}`, runId: 'r' }, tsMs: START_MS }),
      );
    }
    bench.append(
      makeEvent({ type: 'prompt', correlation: { sessionId: 'prompted', runId: 'z' }, tsMs: START_MS }),
    );
    bench.pass(IDLE_MS + 1000);
    bench.pass(SETTLE_MS);
    expect(runs()).toBe(1);
  });
});

describe('a session that goes on for years', () => {
  /** Processor time that it takes to take in and settle runs with usage, ms. */
  function cost(count: number, sessionOf: (n: number) => string): number {
    using measured = new JournalBench();
    const events: AgentEvent[] = Array.from({ length: count }, (_, n) =>
      makeEvent({
        type: 'run.end',
        correlation: { sessionId: sessionOf(n), runId: `r${n}` },
        payload: { status: 'success', usage: { input_tokens: 1 } },
        tsMs: START_MS,
      }),
    );
    const before = process.cpuUsage();
    measured.append(...events);
    measured.pass(SETTLE_MS);
    const { user, system } = process.cpuUsage(before);
    expect(measured.counter('agent.token.usage')).toBe(count);
    return (user + system) / 1000;
  }

  it('costs about as much an event as many short ones', { timeout: 60_000 }, () => {
    const many = cost(6000, (n) => `s${n % 600}`);
    const one = cost(6000, () => 's');
    expect(one).toBeLessThan(many * 4);
  });
});
