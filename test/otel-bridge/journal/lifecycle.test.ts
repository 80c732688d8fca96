import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent, Origin } from '../../../otel-bridge/domain/event.ts';
import type { ReadModel } from '../../../otel-bridge/domain/read-model.ts';
import { openSqliteReadModel } from '../../../otel-bridge/journal/sqlite/reader.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';

const HOUR_MS = 3_600_000;
const ABANDONED_AFTER_MS = 2 * HOUR_MS;
const RUN = { sessionId: 's1', runId: 'r1' };

let bench: JournalBench;
let model: ReadModel;
beforeEach(() => {
  bench = new JournalBench();
  model = openSqliteReadModel({
    path: bench.path,
    clock: () => bench.nowMs,
    idleEndMs: HOUR_MS / 2,
    abandonedAfterMs: ABANDONED_AFTER_MS,
  });
});
afterEach(() => {
  model[Symbol.dispose]();
  bench[Symbol.dispose]();
});

/** Something that happens at the bench's own time. */
const event = (type: string, payload: object = {}, more: Partial<AgentEvent> = {}): AgentEvent =>
  makeEvent({
    type,
    tsMs: bench.nowMs,
    correlation: RUN,
    attributes: { project: 'demo', agent: 'a' },
    payload: payload as AgentEvent['payload'],
    ...more,
  });
const call = (id: string, tokens: number, origin: Origin = 'telemetry', more: Partial<AgentEvent> = {}) =>
  event(
    'api.request',
    { model: 'priced', request_id: id, input_tokens: tokens, output_tokens: 0 },
    { id: `${origin}-${id}`, origin, ...more },
  );

/** Tokens of session s1 as they are shown. */
const shownTokens = (): number | undefined => model.session('s1')?.totals.inputTokens;
const countedTokens = (): number => bench.counter('agent.token.usage', { 'gen_ai.token.type': 'input' });
const corrected = (): number => model.load().factsCorrected;
const runOutcome = (): string | undefined => model.run('r1')?.run.outcome;

describe('settling', () => {
  it('counts what only a transcript tells after ten seconds, and what telemetry tells at once', () => {
    bench.append(call('a', 5, 'transcript'), call('b', 7));
    expect([shownTokens(), countedTokens()]).toEqual([12, 7]);
    bench.pass(SETTLE_MS - 1);
    expect(countedTokens()).toBe(7);
    bench.pass(1);
    expect(countedTokens()).toBe(12);
    expect(corrected()).toBe(0);
  });

  it('moves no counter by what comes later: it corrects what is shown, and says how often', () => {
    bench.append(call('a', 5, 'transcript'));
    bench.pass(SETTLE_MS);
    bench.append(call('a', 6, 'telemetry'));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens(), corrected()]).toEqual([6, 5, 1]);
    bench.append(call('a', 6, 'hook', { id: 'once-more' }));
    bench.reopen();
    expect(corrected()).toBe(1);
  });

  it('freezes to whom something belongs when it is counted', () => {
    const unknown = event('run.end', { status: 'success' }, { attributes: {} });
    bench.append(unknown);
    bench.pass(SETTLE_MS);
    bench.append(event('run.end', { status: 'success' }, { correlation: { ...RUN, runId: 'r2' } }));
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.run.count', { project: 'demo' })).toBe(1);
    expect(bench.counter('agent.run.count')).toBe(2);
    expect(model.session('s1')?.project).toBe('demo');
  });
});

describe('usage of a run and of its calls', () => {
  const usage = { status: 'success', usage: { input_tokens: 12 } };

  it('is shown once from the moment that the first call is known', () => {
    bench.append(event('run.end', usage));
    expect(shownTokens()).toBe(12);
    bench.append(call('a', 5, 'transcript'), call('b', 7, 'transcript'));
    expect(shownTokens()).toBe(12);
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens(), corrected()]).toEqual([12, 12, 0]);
  });

  it('is shown once where the calls come first', () => {
    bench.append(call('a', 5), call('b', 7), event('run.end', usage));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([12, 12]);
  });

  it('moves counters once, however late the calls come', () => {
    bench.append(event('run.end', usage));
    bench.pass(SETTLE_MS);
    bench.append(call('a', 5), call('b', 7, 'transcript'));
    bench.pass(SETTLE_MS);
    bench.reopen();
    bench.append(call('c', 1));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([13, 12]);
    expect(bench.counter('agent.api.request.count')).toBe(3);
  });

  it.each(['calls first', 'end first'])('tells the cost of a run whose calls tell none: %s', (order) => {
    const unpriced = (id: string) =>
      event(
        'api.request',
        { model: 'of-unknown-price', request_id: id, input_tokens: 5, output_tokens: 0 },
        { id, origin: 'hook' },
      );
    const ended = (type: string) =>
      event(type, { status: 'success', usage: { input_tokens: 10, total_cost: 0.25 } }, { id: type });
    const calls = [unpriced('a'), unpriced('b')];
    const ends = [ended('run.end'), ended('metric.snapshot')];
    bench.append(...(order === 'calls first' ? [...calls, ...ends] : [...ends, ...calls]));
    bench.pass(SETTLE_MS);
    const shownCost = (): number | null | undefined => model.session('s1')?.totals.costNanoUsd;
    expect([shownTokens(), countedTokens()]).toEqual([10, 10]);
    expect([shownCost(), bench.counter('agent.cost.usage')]).toEqual([0.25e9, 0.25]);
    // One more call, and the same things once more: the cost stays, and counters get the tokens alone.
    bench.append(unpriced('c'), { ...unpriced('a'), id: 'again' }, { ...ended('run.end'), id: 'end-again' });
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([15, 15]);
    expect([shownCost(), bench.counter('agent.cost.usage')]).toEqual([0.25e9, 0.25]);
    // A call that tells its cost: what is shown follows the calls, counters stay.
    bench.append(call('d', 4));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([19, 19]);
    expect(bench.counter('agent.cost.usage')).toBe(0.25);
  });

  it('keeps the usage of another run', () => {
    bench.append(event('run.end', usage, { correlation: { ...RUN, runId: 'r2' } }), call('a', 5));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([17, 17]);
  });
});

describe('what a session used beyond its calls', () => {
  /** The agent says at the end of its process that the session used so many tokens. */
  const sum = (tokens: number, sinceMs: number) =>
    event('session.end', { reason: 'exit', since_ms: sinceMs, models: { priced: { input_tokens: tokens } } });
  const settle = () => bench.pass(10 * SETTLE_MS);

  it('is shown and counted beside the calls of the process that goes on with it', () => {
    bench.append(call('a', 5, 'transcript'), sum(8, bench.nowMs));
    settle();
    expect([shownTokens(), countedTokens()]).toEqual([8, 8]);
    bench.append(call('b', 100, 'transcript'), call('c', 200));
    settle();
    expect([shownTokens(), countedTokens(), corrected()]).toEqual([308, 308, 0]);
  });

  it('stays where a call is told once more by somebody else', () => {
    bench.append(call('a', 5, 'transcript'), sum(8, bench.nowMs));
    settle();
    bench.append(call('a', 5, 'telemetry'));
    expect([shownTokens(), countedTokens()]).toEqual([8, 8]);
  });
});

it('counts judgements by score, whatever their scale', () => {
  bench.append(
    event('feedback', { score: 4, scale: 5, feedback_source: 'person' }, { id: 'a' }),
    event('feedback', { score: 8, scale: 10, feedback_source: 'agent' }, { id: 'b' }),
    event('feedback', { note: 'no score' }, { id: 'c' }),
  );
  bench.pass(SETTLE_MS);
  expect(bench.counter('agent.feedback.count', { 'agent.feedback.score': '4' })).toBe(2);
  expect(bench.counter('agent.feedback.count', { 'agent.feedback.source': 'person' })).toBe(1);
  expect(bench.counter('agent.feedback.count')).toBe(2);
});

describe('what never ends', () => {
  const begin = () => [
    event('run.start'),
    event('span.start', { tool_name: 'Bash' }, { correlation: { ...RUN, spanId: 'sp1' } }),
  ];
  const spanOutcome = (): string | undefined => model.run('r1')?.spans[0]?.outcome;

  it('is shown as abandoned after the time for that, and is never counted as ended', () => {
    bench.append(...begin());
    bench.pass(ABANDONED_AFTER_MS);
    expect([runOutcome(), spanOutcome(), model.session('s1')?.state]).toEqual(['unknown', 'unknown', 'idle']);
    bench.pass(1);
    expect([runOutcome(), spanOutcome(), model.session('s1')?.state]).toEqual([
      'abandoned',
      'abandoned',
      'abandoned',
    ]);
    expect(bench.counter('agent.run.count')).toBe(0);
    expect(bench.counter('agent.tool.call.count')).toBe(0);
    expect(model.run('r1')?.run.endMs).toBeNull();
  });

  it('is open again when its session goes on, and counted when its end comes after all', () => {
    bench.append(...begin());
    bench.pass(2 * ABANDONED_AFTER_MS);
    expect(runOutcome()).toBe('abandoned');
    bench.append(event('error', { message: 'still here' }));
    expect(runOutcome()).toBe('unknown');
    const end = { status: 'success', duration_ms: 10 };
    bench.append(
      event('span.end', { tool_name: 'Bash', ...end }, { correlation: { ...RUN, spanId: 'sp1' } }),
      event('run.end', end),
    );
    bench.pass(SETTLE_MS);
    expect([runOutcome(), spanOutcome()]).toEqual(['success', 'success']);
    expect(bench.counter('agent.run.count')).toBe(1);
    expect(bench.counter('agent.tool.call.count')).toBe(1);
    expect(corrected()).toBe(0);
  });
});

describe('history', () => {
  it('is in what is shown, at its own time, and in no counter; a day old is none yet', () => {
    const at = (hours: number) => ({ tsMs: START_MS - hours * HOUR_MS });
    bench.append(call('old', 5, 'transcript', at(25)), call('new', 7, 'transcript', at(23)));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens()]).toEqual([12, 7]);
    expect(model.session('s1')?.startedMs).toBe(START_MS - 25 * HOUR_MS);
  });

  it('stays history when it is told once more, and is no correction', () => {
    bench.append(call('old', 5, 'transcript', { tsMs: START_MS - 25 * HOUR_MS }));
    bench.pass(SETTLE_MS);
    bench.append(call('old', 6, 'telemetry'));
    bench.pass(SETTLE_MS);
    expect([shownTokens(), countedTokens(), corrected()]).toEqual([6, 0, 0]);
  });
});
