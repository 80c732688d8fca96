import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { LogRecord, MetricPoint, SpanRecord } from '../../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../../otel-bridge/journal/sqlite/event-row.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';

let bench: JournalBench;
beforeEach(() => {
  bench = new JournalBench();
});
afterEach(() => {
  bench[Symbol.dispose]();
});

const usage = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_tokens: 7,
  cache_write_tokens: 3,
  total_cost: 0.0123,
};

function agentmonSession(): AgentEvent[] {
  const attributes = { project: 'demo', agent: 'zap' };
  const at = (s: number) => ({ tsMs: START_MS - 60_000 + s * 1000, attributes });
  const run = { sessionId: 's1', runId: 'r1' };
  return [
    makeEvent({ type: 'session.start', ...at(0) }),
    makeEvent({ type: 'run.start', correlation: run, ...at(1) }),
    makeEvent({
      type: 'span.start',
      correlation: { ...run, spanId: 'sp1' },
      payload: { tool_name: 'exec' },
      ...at(2),
    }),
    makeEvent({
      type: 'span.end',
      correlation: { ...run, spanId: 'sp1' },
      payload: { tool_name: 'exec', status: 'success' },
      ...at(4),
    }),
    makeEvent({
      type: 'run.end',
      correlation: run,
      payload: { status: 'success', duration_ms: 9000, usage },
      ...at(10),
    }),
    makeEvent({ type: 'metric.snapshot', correlation: run, payload: { usage }, ...at(10) }),
    makeEvent({ type: 'error', correlation: run, payload: { message: 'oops' }, ...at(11) }),
    makeEvent({ type: 'session.end', ...at(12) }),
  ];
}

describe('an agentmon session', () => {
  it('is stored once however often it is posted', () => {
    const events = agentmonSession();
    expect(new Set(bench.append(...events))).toEqual(new Set(['stored']));
    expect(new Set(bench.append(...events))).toEqual(new Set(['duplicate']));
  });

  it('counts usage told by run.end and by metric.snapshot once, after it settled', () => {
    bench.append(...agentmonSession());
    expect(bench.counter('agent.token.usage')).toBe(0);
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.token.usage', { 'gen_ai.token.type': 'input' })).toBe(100);
    expect(bench.counter('agent.token.usage')).toBe(130);
    expect(bench.counter('agent.cost.usage', { project: 'demo', agent: 'zap' })).toBe(0.0123);
    expect(bench.counter('agent.session.count')).toBe(1);
    expect(bench.counter('agent.run.count', { 'agent.outcome': 'success' })).toBe(1);
    expect(bench.counter('agent.tool.call.count', { 'gen_ai.tool.name': 'exec' })).toBe(1);
  });

  it('leaves as one log record per event with project and agent, in order', () => {
    const events = agentmonSession();
    bench.append(...events);
    const logs = bench.records<LogRecord>('logs');
    expect(logs.map((log) => log.attributes['event.name'])).toEqual(events.map((event) => event.type));
    // What is notable is told once more to stores that our dashboards ask, the same in another stream.
    const begin = logs.find(({ attributes }) => attributes['event.name'] === 'session.start');
    expect(bench.records<LogRecord>('digest/logs')).toContainEqual({
      ...begin,
      resource: { ...begin?.resource, 'service.name': 'agent-monitor-notable' },
    });
    const times = logs.map((log) => BigInt(log.timeUnixNano));
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
    for (const log of logs) {
      expect(log.resource).toMatchObject({ 'service.name': 'agent-monitor', project: 'demo', agent: 'zap' });
      expect(log.attributes['session.id']).toBe('s1');
    }
  });

  it('leaves as one trace with the run as root', () => {
    bench.append(...agentmonSession());
    bench.pass(SETTLE_MS);
    const spans = bench.records<SpanRecord>('traces');
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    const root = spans.find((span) => span.parentSpanId === undefined);
    expect(root?.name).toBe('invoke_agent zap');
    expect(spans.find((span) => span.name === 'execute_tool exec')?.parentSpanId).toBe(root?.spanId);
  });

  it('counts the same after a crash between append and projection', () => {
    bench.core.append([{ events: agentmonSession().map((event) => eventRow(event, bench.nowMs)), raw: [] }]);
    bench.reopen();
    bench.drain();
    bench.reopen();
    bench.pass(SETTLE_MS);
    bench.reopen();
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.token.usage')).toBe(130);
    expect(bench.counter('agent.session.count')).toBe(1);
  });
});

describe('a model call', () => {
  const call = (origin: AgentEvent['origin'], id: string, payload: object, project?: string) =>
    makeEvent({
      id,
      type: 'api.request',
      origin,
      tsMs: START_MS - 5000,
      source: { framework: 'claude-code', host: 'box' },
      payload: { model: 'priced', input_tokens: 10, output_tokens: 2, request_id: 'req1', ...payload },
      attributes: project === undefined ? {} : { project, agent: 'a' },
    });

  it('is counted once when telemetry and transcript both tell of it, in either order', () => {
    bench.append(call('transcript', 't1', {}));
    bench.pass(3000);
    bench.append(call('telemetry', 'o1', { cost_usd: 0.5 }, 'demo'));
    bench.append(call('transcript', 't2', { request_id: 'req2' }));
    bench.pass(SETTLE_MS);
    bench.append(call('telemetry', 'o2', { request_id: 'req3', cost_usd: 0.25 }, 'demo'));
    bench.append(call('transcript', 't3', { request_id: 'req3' }));
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.api.request.count', { project: 'demo' })).toBe(3);
    expect(bench.counter('agent.cost.usage', { 'agent.cost.source': 'reported' })).toBe(0.75);
    expect(bench.counter('agent.cost.usage', { 'agent.cost.source': 'computed' })).toBe(0.00001);
    expect(
      bench.records<LogRecord>('logs').filter((log) => log.attributes['event.name'] === 'api.request').length,
    ).toBe(3);
  });

  it('without a request id is paired by its place among calls with the same counts', () => {
    for (const place of [1, 2]) {
      bench.append(call('telemetry', `o${place}`, { request_id: null, cost_usd: 0.5 }, 'demo'));
      bench.append(call('transcript', `t${place}`, { request_id: null, message_id: `m${place}` }));
      bench.append(call('transcript', `t${place}b`, { request_id: null, message_id: `m${place}` }));
    }
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.api.request.count')).toBe(2);
    expect(bench.counter('agent.cost.usage')).toBe(1);
  });

  it('that is history is in no counter and leaves under the name of history', () => {
    bench.append({ ...call('transcript', 'old', {}), tsMs: START_MS - 9 * 86_400_000 });
    bench.pass(SETTLE_MS);
    expect(bench.counter('agent.api.request.count')).toBe(0);
    const [log] = bench.records<LogRecord>('logs');
    expect(log?.resource['service.name']).toBe('agent-monitor-history');
  });
});

describe('points of counters', () => {
  it('begin with a stored zero and repeat the last delivered value after a restart', () => {
    bench.append(...agentmonSession());
    bench.pass(SETTLE_MS);
    bench.pass(1000);
    bench.core.exportMetrics();
    const first = bench
      .records<MetricPoint>('metrics')
      .filter((point) => point.metric === 'agent.session.count');
    expect(first.map((point) => point.value)).toEqual([0, 1]);
    expect(first[0]?.tsMs).toBeLessThan(first[1]?.tsMs ?? 0);
    bench.reopen();
    bench.append(
      makeEvent({
        type: 'session.start',
        correlation: { sessionId: 's2' },
        attributes: { project: 'demo', agent: 'zap' },
      }),
    );
    bench.pass(SETTLE_MS);
    bench.core.exportMetrics();
    const after = bench
      .records<MetricPoint>('metrics')
      .filter((point) => point.metric === 'agent.session.count');
    expect(after.slice(2).map((point) => point.value)).toEqual([1, 2]);
  });
});

describe('points of gauges', () => {
  const session = { correlation: { sessionId: 's1' }, attributes: { project: 'demo', agent: 'zap' } };
  /** States of the session that the newest export tells, and those that it ends. */
  const exported = (): { told: unknown[]; gone: unknown[] } => {
    bench.core.exportMetrics();
    const points = bench.records<MetricPoint>('metrics').filter(({ kind }) => kind === 'gauge');
    const newestMs = Math.max(...points.map(({ tsMs }) => tsMs));
    const states = (isGone: boolean): unknown[] =>
      points
        .filter(({ tsMs, metric }) => tsMs === newestMs && metric === 'agent.session.info')
        .filter(({ gone = false }) => gone === isGone)
        .map(({ attributes }) => attributes.state);
    return { told: states(false), gone: states(true) };
  };
  const begin = (): void => {
    bench.append(makeEvent({ type: 'session.start', ...session, tsMs: START_MS }));
    expect(exported()).toEqual({ told: ['running'], gone: [] });
  };
  const end = (): void => {
    bench.append(makeEvent({ type: 'session.end', ...session, tsMs: START_MS + 1000 }));
  };

  it('end once when they are not told any more', () => {
    begin();
    bench.pass(10_000);
    end();
    expect(exported()).toEqual({ told: ['ended'], gone: ['running'] });
    bench.pass(10_000);
    expect(exported()).toEqual({ told: ['ended'], gone: [] });
  });

  it('tell which sessions wait for their user: those that worked everything off', () => {
    const run = { ...session, correlation: { sessionId: 's1', runId: 'r1' } };
    begin();
    bench.append(makeEvent({ type: 'run.start', ...run, tsMs: START_MS + 1 }));
    bench.pass(10_000);
    expect(exported()).toEqual({ told: ['running'], gone: [] });
    bench.append(makeEvent({ type: 'run.end', ...run, tsMs: START_MS + 2 }));
    bench.pass(10_000);
    expect(exported()).toEqual({ told: ['waiting'], gone: ['running'] });
  });

  it('end also when another process goes on', () => {
    begin();
    bench.reopen();
    bench.pass(60_000);
    end();
    expect(exported()).toEqual({ told: ['ended'], gone: ['running'] });
  });

  it('do not end when nobody shows them any more', () => {
    begin();
    bench.pass(300_000);
    end();
    expect(exported()).toEqual({ told: ['ended'], gone: [] });
  });

  it('of machines are the same whatever the order of their labels', () => {
    const tell = (attributes: Record<string, string>): void => {
      bench.core.putSamples({
        sampler: 'laptop',
        taken_ms: bench.nowMs,
        interval_ms: 60_000,
        problem: null,
        things: [
          {
            ...{ project: 'demo', agent: 'zap', host: null, framework: 'openclaw', kind: 'vm', name: 'vm' },
            ...{ id: 'id', location: 'qemu:///system', registered: true, state: 'running', reason: null },
            ...{ issues: [], facts: {} },
            metrics: [{ metric: 'system.filesystem.usage', value: 1, attributes }],
          },
        ],
      });
      bench.core.exportMetrics();
    };
    tell({ state: 'used', mountpoint: '/' });
    bench.pass(10_000);
    tell({ mountpoint: '/', state: 'used' });
    expect(bench.records<MetricPoint>('metrics').filter(({ gone }) => gone)).toEqual([]);
  });
});
