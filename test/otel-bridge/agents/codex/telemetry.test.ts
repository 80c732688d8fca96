import { describe, expect, it } from 'vitest';
import { codexTelemetry } from '../../../../otel-bridge/agents/codex/telemetry.ts';
import { dropInternalSpans, telemetryToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { JsonObject } from '../../../../otel-bridge/domain/event.ts';
import { decodeRequest } from '../../../../otel-bridge/otlp/codec.ts';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import { codexTelemetryEvents, recordedRequests } from '../../../helpers/codex-fixtures.ts';

const resource = (name: string): ReadonlyMap<string, string> => new Map([['service.name', name]]);

function attribute([key, value]: [string, string]): JsonObject {
  return { key, value: { stringValue: value } };
}

/** The events of one record of Codex. */
function told(name: string, attributes: Readonly<Record<string, string>>, agent = 'alice', traceId = '') {
  const record = {
    traceId,
    observedTimeUnixNano: '1795268303261118864',
    eventName: 'event otel/src/events/session_telemetry.rs:1153',
    attributes: Object.entries({
      'event.name': name,
      'conversation.id': 't1',
      model: 'gpt-5.1-codex',
      ...attributes,
    }).map(attribute),
  };
  const of = Object.entries({ 'service.name': 'codex_exec', agent, project: 'demo' }).map(attribute);
  const body = { resourceLogs: [{ resource: { attributes: of }, scopeLogs: [{ logRecords: [record] }] }] };
  const request = decodeRequest('logs', Buffer.from(JSON.stringify(body)), 'json');
  return telemetryToEvents('logs', request, { receivedMs: 0 });
}

describe('detects()', () => {
  it.each(['codex_cli_rs', 'codex_exec', 'codex-app-server', 'codex_vscode', 'Codex Desktop', 'codex'])(
    'knows %s',
    (name) => {
      expect(codexTelemetry.detects(resource(name))).toBe(true);
    },
  );
  it.each(['claude-code', 'codexample', 'my-codex', ''])('leaves "%s" to others', (name) => {
    expect(codexTelemetry.detects(resource(name))).toBe(false);
  });
});

describe("Codex's log records", () => {
  it('take the cache out of the input, leave reasoning in the output, and never add tool_token_count', () => {
    const [event, ...others] = told('codex.sse_event', {
      'event.kind': 'response.completed',
      input_token_count: '1000',
      cached_token_count: '300',
      cache_write_token_count: '11',
      output_token_count: '50',
      reasoning_token_count: '20',
      tool_token_count: '1050',
    });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'api.request',
      tsMs: 1795268303261,
      correlation: { sessionId: 't1' },
      payload: {
        model: 'gpt-5.1-codex',
        input_tokens: 689,
        cache_read_tokens: 300,
        cache_creation_tokens: 11,
        output_tokens: 50,
        reasoning_tokens: 20,
      },
    });
  });

  it('tell nothing where response.completed comes without tokens, nor of other events of the stream', () => {
    expect(told('codex.sse_event', { 'event.kind': 'response.completed', duration_ms: '0' })).toEqual([]);
    expect(told('codex.sse_event', { 'event.kind': 'response.created' })).toEqual([]);
    expect(told('codex.startup_phase', {})).toEqual([]);
    expect(told('', {})).toEqual([]);
  });

  it('decode what OTEL_RESOURCE_ATTRIBUTES had to encode', () => {
    const [event] = told('codex.user_prompt', { prompt_length: '5', prompt: '[REDACTED]' }, 'al%20ice%2C1');
    expect(event).toMatchObject({
      type: 'prompt',
      attributes: { project: 'demo', agent: 'al ice,1' },
      payload: { length: 5 },
    });
    expect(event?.payload).not.toHaveProperty('text');
    expect(told('codex.user_prompt', {}, '100%')[0]?.attributes.agent).toBe('100%');
  });

  it('are in no trace: only some have one, of spans that are dropped', () => {
    const traces = codexTelemetryEvents('basic').map(({ correlation }) => correlation.traceId);
    expect(new Set(traces)).toEqual(new Set([undefined]));
  });

  it.each([
    ['approved', 'Config', 'accept', 'config'],
    ['approved', 'User', 'accept', 'user_temporary'],
    ['approved_for_session', 'User', 'accept', 'user_permanent'],
    ['approved_execpolicy_amendment', 'User', 'accept', 'user_permanent'],
    ['denied', 'User', 'reject', 'user_reject'],
    ['abort', 'User', 'reject', 'user_abort'],
    ['timed_out', 'AutomatedReviewer', 'reject', 'automatedreviewer'],
  ])('name the decision %s by %s', (decision, source, expected, expectedSource) => {
    const [event] = told('codex.tool_decision', {
      tool_name: 'exec_command',
      call_id: 'c1',
      decision,
      source,
    });
    expect(event).toMatchObject({
      type: 'tool.decision',
      correlation: { spanId: 'c1' },
      payload: { tool_use_id: 'c1', decision: expected, decision_source: expectedSource },
    });
  });

  it("tell a person's conversation from those in which the terminal has titles made", () => {
    const start = (attributes: Readonly<Record<string, string>>) =>
      told('codex.conversation_starts', attributes)[0]?.payload.start_type;
    expect(start({ originator: 'codex-tui', mcp_servers: '' })).toBe('auxiliary');
    expect(start({ originator: 'codex-tui', mcp_servers: 'calc, codex_tui' })).toBeUndefined();
    expect(start({ originator: 'codex_exec', mcp_servers: '' })).toBeUndefined();
  });

  it('tell of a failed try, which counts nothing, and not of one that went well', () => {
    const status = 'http.response.status_code';
    expect(told('codex.api_request', { [status]: '200', attempt: '0' })).toEqual([]);
    expect(
      told('codex.api_request', { [status]: '500', attempt: '0', 'error.message': 'http 500' }),
    ).toMatchObject([{ type: 'agent.api_retry', payload: { error_type: '500', attempt: 0 } }]);
    expect(told('codex.api_request', { 'error.message': 'refused' })).toMatchObject([
      { payload: { error_type: 'connection' } },
    ]);
  });

  it("tell, by the parent's tool, whose sub-agent a conversation is", () => {
    const starts = codexTelemetryEvents('subagent').filter(
      ({ type, payload }) => type === 'session.start' && payload.start_type === 'subagent',
    );
    expect(starts).toHaveLength(1);
    const [start] = starts;
    const conversations = new Set(
      codexTelemetryEvents('subagent').map(({ correlation }) => correlation.sessionId),
    );
    expect(conversations).toContain(start?.payload.parent_session_id);
    expect(conversations).toContain(start?.correlation.sessionId);
    expect(start?.payload.parent_session_id).not.toBe(start?.correlation.sessionId);
  });
});

describe('the redactor', () => {
  const privacy = {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: false,
  };
  it("leaves no argument, output or prompt in Codex's own records either", () => {
    const redactor = createRedactor({ ...privacy, redact: ['defaults'] }, false);
    for (const request of recordedRequests('failing', 'logs').map((recorded) => structuredClone(recorded))) {
      redactor.otlp('logs', request);
      const kept = JSON.stringify(request);
      for (const word of ['echo failing', 'unsupported call: nope', 'reject command']) {
        expect(kept).not.toContain(word);
      }
      expect(kept).toContain('codex.tool_result');
    }
  });
});

describe('dropInternalSpans()', () => {
  it("takes Codex's spans out of a request and leaves those of others", () => {
    const [recorded] = recordedRequests('basic', 'traces');
    const request = structuredClone(recorded);
    if (request === undefined || !('resourceSpans' in request)) throw new Error('no spans were recorded');
    const other = structuredClone(request.resourceSpans[0]);
    if (other?.resource === undefined) throw new Error('spans have no resource');
    other.resource.attributes = [{ key: 'service.name', value: { stringValue: 'claude-code' } }];
    request.resourceSpans.push(other);
    dropInternalSpans('traces', request);
    expect(request.resourceSpans).toEqual([other]);
  });

  it('leaves logs and metrics alone', () => {
    for (const signal of ['logs', 'metrics'] as const) {
      const [recorded] = recordedRequests('basic', signal);
      const request = structuredClone(recorded);
      if (request === undefined) throw new Error(`no ${signal} were recorded`);
      dropInternalSpans(signal, request);
      expect(request).toEqual(recorded);
    }
  });
});
