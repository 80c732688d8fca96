import { describe, expect, it } from 'vitest';
import { telemetryToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { keyValues } from '../../../../otel-bridge/otlp/attributes.ts';
import { hexId, logsRequest, makeSpan, type SpanDraft, tracesRequest } from '../../../helpers/otlp-spans.ts';

const CONTEXT = { receivedMs: Date.parse('2026-11-20T12:00:00Z') };
const RESOURCE = { 'service.name': 'my-agent', 'host.name': 'box', project: 'demo', agent: 'alice' };

function eventsOf(...drafts: SpanDraft[]): AgentEvent[] {
  return telemetryToEvents('traces', tracesRequest(drafts.map(makeSpan), RESOURCE), CONTEXT).filter(
    ({ type }) => type !== 'agent.traces',
  );
}

function callOf(attributes: SpanDraft['attributes'] = {}): Record<string, unknown> {
  const span = { name: 'chat m', id: 'c1', attributes: { 'gen_ai.operation.name': 'chat', ...attributes } };
  const [event] = eventsOf(span);
  if (event === undefined) throw new Error('The span told nothing');
  return event.payload;
}

describe('a span of a model call', () => {
  it('is read in the new generation of the conventions, with its tokens made disjoint', () => {
    const [event] = eventsOf({
      name: 'chat m',
      id: 'c1',
      parent: 'a1',
      startMs: 0,
      endMs: 1500,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5.2',
        'gen_ai.response.model': 'gpt-5.2-2026-01-01',
        'gen_ai.response.id': 'chatcmpl-1',
        'gen_ai.conversation.id': 'conv-1',
        'gen_ai.usage.input_tokens': 1000,
        'gen_ai.usage.output_tokens': 100,
        'gen_ai.usage.cache_read.input_tokens': 300,
        'gen_ai.usage.cache_write.input_tokens': 50,
        'gen_ai.usage.reasoning.output_tokens': 11,
        'gen_ai.response.time_to_first_chunk': 0.25,
      },
    });
    expect(event).toMatchObject({
      type: 'api.request',
      tsMs: Date.parse('2026-11-20T11:59:01.500Z'),
      source: { framework: 'my-agent', host: 'box' },
      attributes: { project: 'demo', agent: 'alice' },
      origin: 'telemetry',
      correlation: {
        sessionId: 'conv-1',
        traceId: hexId('t1', 32),
        spanId: hexId('c1', 16),
        parentSpanId: hexId('a1', 16),
      },
      payload: {
        provider: 'openai',
        model: 'gpt-5.2-2026-01-01',
        requested_model: 'gpt-5.2',
        message_id: 'chatcmpl-1',
        input_tokens: 650,
        output_tokens: 100,
        cache_read_tokens: 300,
        cache_creation_tokens: 50,
        reasoning_tokens: 11,
        duration_ms: 1500,
        ttft_ms: 250,
      },
    });
  });

  it.each([
    {
      what: 'the old generation',
      attributes: { 'gen_ai.usage.prompt_tokens': 20, 'gen_ai.usage.completion_tokens': 5 },
      tokens: { input_tokens: 20, output_tokens: 5 },
    },
    {
      what: 'numbers as text',
      attributes: { 'gen_ai.usage.input_tokens': '20', 'gen_ai.usage.output_tokens': '5' },
      tokens: { input_tokens: 20, output_tokens: 5 },
    },
    {
      what: 'a cache that is told beside the input, by its size',
      attributes: {
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.cache_read_input_tokens': 900,
        'gen_ai.usage.cache_creation_input_tokens': 30,
      },
      tokens: { input_tokens: 20, output_tokens: 5, cache_read_tokens: 900, cache_creation_tokens: 30 },
    },
    {
      what: 'a cache that is told beside the input, by the total',
      attributes: {
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.cache_read.input_tokens': 60,
        'gen_ai.usage.total_tokens': 165,
      },
      tokens: { input_tokens: 100, output_tokens: 5, cache_read_tokens: 60 },
    },
    {
      what: 'reasoning that is told beside the output, by the total',
      attributes: {
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.reasoning_tokens': 3,
        'gen_ai.usage.total_tokens': 108,
      },
      tokens: { input_tokens: 100, output_tokens: 8, reasoning_tokens: 3 },
    },
  ])('is read with $what', ({ attributes, tokens }) => {
    expect(callOf(attributes)).toMatchObject(tokens);
  });

  it('is known without an operation by its model and tokens, with the old name of the provider', () => {
    const [event] = eventsOf({
      name: 'openai.chat',
      id: 'c1',
      attributes: {
        'gen_ai.system': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.prompt_tokens': 20,
        'gen_ai.usage.completion_tokens': 5,
      },
    });
    expect(event).toMatchObject({ type: 'api.request', payload: { provider: 'openai', model: 'gpt-4o' } });
  });

  it('that failed has its error', () => {
    const [event] = eventsOf({
      name: 'chat m',
      id: 'c1',
      attributes: { 'gen_ai.operation.name': 'chat', 'error.type': '429' },
      error: 'rate limited',
    });
    expect(event?.payload).toMatchObject({ error_type: '429', error_message: 'rate limited' });
  });

  it('has the cost that its sender says, unless that is 0', () => {
    expect(callOf({ 'gen_ai.usage.cost': 0.25 })).toMatchObject({ cost_usd: 0.25 });
    expect(callOf({ 'gen_ai.usage.cost': 0 })).not.toHaveProperty('cost_usd');
  });
});

describe('a span of a tool call', () => {
  const tool = (more: SpanDraft['attributes'], error?: string) =>
    eventsOf({
      name: 'execute_tool bash',
      id: 'x1',
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'bash',
        'gen_ai.tool.call.id': 'call_1',
        'gen_ai.conversation.id': 'conv-1',
        ...more,
      },
      ...(error === undefined ? {} : { error }),
    })[0];

  it('is known by the id that the model gave the call', () => {
    expect(tool({})).toMatchObject({
      type: 'span.end',
      correlation: { spanId: 'call_1', sessionId: 'conv-1' },
      payload: { kind: 'tool', tool_name: 'bash', action: 'shell', status: 'success', duration_ms: 100 },
    });
  });

  it('failed where its command gave an exit code other than 0, whatever its status', () => {
    expect(tool({ 'process.exit.code': 3 })?.payload).toMatchObject({ status: 'failure', exit_code: 3 });
    expect(tool({ 'process.exit.code': 0 })?.payload).toMatchObject({ status: 'success', exit_code: 0 });
    expect(tool({}, 'boom')?.payload).toMatchObject({ status: 'failure', error_type: 'error' });
  });
});

describe('a span of an agent', () => {
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' };

  it('without anything around it is a run, and its tokens are a sum', () => {
    const events = eventsOf({
      name: 'invoke_agent helper',
      id: 'a1',
      endMs: 2000,
      attributes: { ...agent, 'gen_ai.usage.input_tokens': 70, 'gen_ai.usage.output_tokens': 7 },
    });
    expect(events.map(({ type, payload }) => [type, payload.aggregate])).toEqual([
      ['run.start', undefined],
      ['run.end', undefined],
      ['api.request', true],
    ]);
    expect(events[0]?.tsMs).toBe((events[1]?.tsMs ?? 0) - 2000);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  });

  it('whose parent is in another process is a run too', () => {
    const [event] = eventsOf({ name: 'a', id: 'a1', parent: 'http', flags: 0x300, attributes: agent });
    expect(event?.type).toBe('run.start');
  });

  it('below another span is a sub-agent', () => {
    const [event] = eventsOf({ name: 'a', id: 'a1', parent: 'x1', flags: 0x100, attributes: agent });
    expect(event).toMatchObject({ type: 'span.end', payload: { kind: 'subagent', subagent: 'helper' } });
  });
});

describe('what is no part of the conventions', () => {
  it('gives no events', () => {
    const mcp = { 'gen_ai.operation.name': 'execute_tool', 'mcp.method.name': 'tools/call' };
    expect(
      eventsOf(
        { name: 'GET /', id: 'h1', attributes: { 'http.request.method': 'GET' } },
        { name: 'tools/call weather', id: 'm1', attributes: mcp },
      ),
    ).toEqual([]);
    const logs = logsRequest([{ body: { stringValue: 'hello' } }], RESOURCE);
    expect(telemetryToEvents('logs', logs, CONTEXT)).toEqual([]);
  });
});

describe('the event of a model call', () => {
  const details = {
    eventName: 'gen_ai.client.inference.operation.details',
    attributes: keyValues({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5.2',
      'gen_ai.conversation.id': 'conv-1',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 2,
    }),
  };

  it('tells of the same call as the span that it was written in', () => {
    const inSpan = { ...details, traceId: hexId('t1', 32), spanId: hexId('c1', 16) };
    const [event] = telemetryToEvents('logs', logsRequest([inSpan], RESOURCE), CONTEXT);
    const [span] = eventsOf({ name: 'chat', id: 'c1', attributes: { 'gen_ai.operation.name': 'chat' } });
    expect(event).toMatchObject({ type: 'api.request', payload: { input_tokens: 10, output_tokens: 2 } });
    expect(event?.correlation).toMatchObject({
      traceId: span?.correlation.traceId,
      spanId: span?.correlation.spanId,
    });
  });

  it('stands for itself where there is no span', () => {
    const [event] = telemetryToEvents('logs', logsRequest([details], RESOURCE), CONTEXT);
    expect(event?.correlation).toEqual({ sessionId: 'conv-1' });
  });
});
