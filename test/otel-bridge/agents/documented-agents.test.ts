import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { telemetryToEvents } from '../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import { decodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import { JournalBench, SETTLE_MS } from '../../helpers/journal-bench.ts';

/** After everything that the fixtures tell of. */
const RECEIVED_MS = Date.parse('2026-11-21T15:00:00Z');

function eventsOf(agent: string, signal: 'logs' | 'traces'): AgentEvent[] {
  const file = join(import.meta.dirname, '..', '..', 'fixtures', agent, `otlp-${signal}.json`);
  const requests = JSON.parse(readFileSync(file, 'utf8')) as unknown[];
  return requests.flatMap((request) => {
    const body = Buffer.from(JSON.stringify(request));
    return telemetryToEvents(signal, decodeRequest(signal, body, 'json'), { receivedMs: RECEIVED_MS });
  });
}

function benchWith(events: readonly AgentEvent[]): JournalBench {
  const bench = new JournalBench();
  bench.nowMs = RECEIVED_MS;
  for (const event of events) bench.append(event);
  bench.pass(SETTLE_MS);
  return bench;
}

function tokensOf(bench: JournalBench): Record<string, number> {
  const types = ['input', 'output', 'cache_read', 'cache_creation'];
  return Object.fromEntries(
    types.map((type) => [type, bench.counter('agent.token.usage', { 'gen_ai.token.type': type })]),
  );
}

function toolCalls(bench: JournalBench, tool: string, outcome: string): number {
  return bench.counter('agent.tool.call.count', { 'gen_ai.tool.name': tool, 'agent.outcome': outcome });
}

describe('Cline', () => {
  it('tells a task as a session, with calls, tools and the cost of each call', () => {
    using bench = benchWith(eventsOf('cline', 'logs'));
    expect(tokensOf(bench)).toEqual({ input: 200, output: 75, cache_read: 2600, cache_creation: 2000 });
    expect(bench.counter('agent.api.request.count')).toBe(3);
    expect(bench.counter('agent.api.request.count', { 'error.type': '529' })).toBe(1);
    expect(bench.counter('agent.cost.usage', { 'agent.cost.source': 'reported' })).toBe(0.01);
    expect(toolCalls(bench, 'run_commands', 'success')).toBe(1);
    expect(toolCalls(bench, 'apply_patch', 'failure')).toBe(1);
    expect(bench.counter('agent.session.count', { 'agent.session.start_type': 'fresh' })).toBe(1);
  });
});

describe('Goose', () => {
  const events = eventsOf('goose', 'traces');

  it('tells calls, whose tokens its outer spans repeat, tools and a run', () => {
    for (const order of [events, events.toReversed()]) {
      using bench = benchWith(order);
      expect(tokensOf(bench)).toEqual({ input: 900, output: 150, cache_read: 1200, cache_creation: 0 });
      expect(bench.counter('agent.api.request.count')).toBe(2);
      expect(toolCalls(bench, 'developer__shell', 'success')).toBe(1);
      expect(bench.counter('agent.run.count')).toBe(1);
    }
  });

  it('has sessions that are told apart by the machine, since every installation counts its own', () => {
    expect(new Set(events.map(({ correlation }) => correlation.sessionId))).toEqual(
      new Set(['20261121_1@laptop']),
    );
  });
});

describe('OpenClaw', () => {
  it('tells calls, whose tokens the turn sums, tools that were blocked, and a run', () => {
    const events = eventsOf('openclaw', 'traces');
    for (const order of [events, events.toReversed()]) {
      using bench = benchWith(order);
      expect(tokensOf(bench)).toEqual({ input: 180, output: 50, cache_read: 180, cache_creation: 0 });
      expect(bench.counter('agent.api.request.count')).toBe(2);
      expect(toolCalls(bench, 'exec', 'success')).toBe(1);
      expect(toolCalls(bench, 'browser', 'rejected')).toBe(1);
      expect(bench.counter('agent.run.count')).toBe(1);
      expect(bench.counter('agent.session.count')).toBe(1);
    }
  });
});

describe('Copilot Chat', () => {
  it('tells by spans what its log records repeat', () => {
    using bench = benchWith([...eventsOf('copilot-chat', 'logs'), ...eventsOf('copilot-chat', 'traces')]);
    expect(tokensOf(bench)).toEqual({ input: 620, output: 100, cache_read: 1280, cache_creation: 0 });
    expect(bench.counter('agent.api.request.count')).toBe(2);
    expect(toolCalls(bench, 'readFile', 'success')).toBe(1);
    expect(bench.counter('agent.run.count')).toBe(1);
    expect(bench.labels('agent.token.usage', 'agent.framework')).toEqual(['copilot']);
  });
});
