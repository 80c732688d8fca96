import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { telemetryToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { keyValues, type PlainValue } from '../../../../otel-bridge/otlp/attributes.ts';
import { decodeRequest, encodeRequest } from '../../../../otel-bridge/otlp/codec.ts';
import type { LogsRequest, OtlpLogRecord } from '../../../../otel-bridge/otlp/types.ts';
import {
  CLAUDE_SCENARIOS,
  eventsOfExport,
  recordedExports,
  telemetryEvents,
} from '../../../helpers/claude-fixtures.ts';

const CONTEXT = { receivedMs: Date.parse('2026-11-21T12:00:00Z') };

const STANDARD = { 'session.id': 's1', 'prompt.id': 'p1', 'user.email': 'a@example.org', 'user.id': 'abc' };

function record(
  name: string,
  attributes: Record<string, PlainValue>,
  time = '1795257048647000123',
): OtlpLogRecord {
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: 0,
    severityText: '',
    body: { stringValue: `claude_code.${name}` },
    attributes: keyValues({ ...STANDARD, 'event.name': name, 'event.sequence': 7, ...attributes }),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  };
}

function request(
  logRecords: OtlpLogRecord[],
  resource: Record<string, PlainValue> = { 'service.name': 'claude-code', 'service.version': '2.1.329' },
): LogsRequest {
  return {
    resourceLogs: [
      {
        resource: { attributes: keyValues(resource), droppedAttributesCount: 0, entityRefs: [] },
        scopeLogs: [{ logRecords, schemaUrl: '' }],
        schemaUrl: '',
      },
    ],
  };
}

function eventOf(name: string, attributes: Record<string, PlainValue>): AgentEvent {
  const [event] = telemetryToEvents('logs', request([record(name, attributes)]), CONTEXT);
  if (event === undefined) throw new Error(`No event of "${name}"`);
  return event;
}

describe('telemetryToEvents()', () => {
  it('reads an api_request with numbers as numbers, the exact time and who it is attributed to', () => {
    const sent = request(
      [
        record('api_request', {
          model: 'claude-opus-5-5[1m]',
          input_tokens: 626,
          output_tokens: '252',
          cache_read_tokens: 48493,
          cache_creation_tokens: 3142,
          cache_creation_1h_tokens: 2475,
          cost_usd: 0.0403776,
          cost_usd_micros: 40378,
          duration_ms: 148,
          ttft_ms: 110,
          request_id: 'req_1',
          speed: 'normal',
          query_source: 'agent:builtin:general-purpose',
          'agent.name': 'general-purpose',
          agent_id: 'a1',
        }),
      ],
      {
        'service.name': 'claude-code',
        'service.version': '2.1.329',
        project: 'demo',
        agent: 'alice',
        'host.name': 'box',
      },
    );
    const claims = { project: 'fixed' };
    const [event] = telemetryToEvents('logs', sent, { ...CONTEXT, claims });
    expect(event).toEqual({
      id: expect.stringMatching(/^claude-code:log:[\w-]{27}$/),
      type: 'api.request',
      tsMs: 1795257048647,
      tsNanos: 123,
      seq: 7,
      source: { framework: 'claude-code', host: 'box' },
      correlation: { sessionId: 's1', runId: 'p1' },
      attributes: { project: 'demo', agent: 'alice', agent_version: '2.1.329' },
      payload: {
        request_id: 'req_1',
        model: 'claude-opus-5-5',
        duration_ms: 148,
        context_window_tokens: 1_000_000,
        query_source: 'subagent',
        subagent: 'general-purpose',
        subagent_id: 'a1',
        speed: 'normal',
        input_tokens: 626,
        output_tokens: 252,
        cache_read_tokens: 48493,
        cache_creation_tokens: 3142,
        cache_creation_1h_tokens: 2475,
        cost_usd: 0.0403776,
        ttft_ms: 110,
      },
      origin: 'telemetry',
      claims,
    });
  });

  it.each([
    ['sdk', { query_source: 'main' }],
    ['repl_main_thread', { query_source: 'main' }],
    ['repl_main_thread:outputStyle:x', { query_source: 'main' }],
    ['agent:builtin:Explore', { query_source: 'subagent', subagent: 'Explore' }],
    ['compact', { query_source: 'auxiliary', purpose: 'compact' }],
    ['generate_session_title', { query_source: 'auxiliary', purpose: 'generate_session_title' }],
  ])('reads query source %s', (source, expected) => {
    expect(eventOf('api_request', { query_source: source }).payload).toMatchObject(expected);
  });

  it('reads an api_error as a call that cost nothing', () => {
    const event = eventOf('api_error', {
      model: 'm',
      status_code: 529,
      error: 'Overloaded',
      request_id: 'req_1',
    });
    expect(event.type).toBe('api.request');
    expect(event.payload).toMatchObject({
      request_id: 'req_1',
      error_type: '529',
      error_message: 'Overloaded',
      input_tokens: 0,
      output_tokens: 0,
    });
  });

  it('reads a tool_result as the end of a tool call', () => {
    const event = eventOf('tool_result', {
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      success: 'false',
      duration_ms: '14',
      error_type: 'ShellError',
      tool_input_size_bytes: '68',
    });
    expect(event.correlation).toEqual({ sessionId: 's1', runId: 'p1', spanId: 'toolu_1' });
    expect(event.payload).toEqual({
      kind: 'tool',
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      action: 'shell',
      status: 'failure',
      duration_ms: 14,
      input_size_bytes: 68,
      error_type: 'ShellError',
    });
  });

  it.each([
    ['true', undefined, 'success'],
    ['false', 'ShellError', 'failure'],
    ['false', undefined, 'failure'],
    ['false', 'InputValidationError', 'error'],
    ['false', 'AbortError', 'cancelled'],
  ])('calls a tool with success=%s and error %s a %s', (success, error, status) => {
    const attributes = { tool_use_id: 't', success, ...(error === undefined ? {} : { error_type: error }) };
    expect(eventOf('tool_result', attributes).payload.status).toBe(status);
  });

  it('reads a prompt without its text unless the text was left in', () => {
    expect(eventOf('user_prompt', { prompt: '<REDACTED>', prompt_length: '15' }).payload).toEqual({
      prompt_id: 'p1',
      length: 15,
    });
    expect(eventOf('user_prompt', { prompt: 'hello', prompt_length: 5 }).payload.text).toBe('hello');
  });

  it('reads a command that the agent answers by itself as no prompt', () => {
    const event = eventOf('user_prompt', {
      command_name: 'clear',
      command_source: 'builtin',
      prompt_length: 6,
    });
    expect(event.type).toBe('agent.command');
    expect(event.payload).toEqual({ command_name: 'clear', prompt_id: 'p1' });
  });

  it('keeps every other event with what it says, but not with who the user is', () => {
    const event = eventOf('skill_activated', {
      'skill.name': 'review',
      num_uses: '12',
      is_async: 'true',
    });
    expect(event.type).toBe('agent.skill_activated');
    expect(event.payload).toEqual({ 'skill.name': 'review', num_uses: 12, is_async: true });
    const answered = eventOf('assistant_response', { query_source: 'sdk' });
    expect(answered.payload).toEqual({ query_source: 'main' });
  });

  it('tells of sub-agents without their tokens, of refusals and of changes of the mode', () => {
    expect(
      eventOf('subagent_completed', { agent_type: 'Explore', total_tokens: '12', agent_id: '7' }),
    ).toMatchObject({
      type: 'span.end',
      correlation: { spanId: '7' },
      payload: { kind: 'subagent', status: 'success', subagent: 'Explore', subagent_id: '7' },
    });
    expect(eventOf('api_refusal', { request_id: 'r1', category: 'cyber' })).toMatchObject({
      type: 'refusal',
      payload: { request_id: 'r1', category: 'cyber' },
    });
    expect(
      eventOf('permission_mode_changed', { from_mode: 'default', to_mode: 'plan', trigger: 'shift_tab' }),
    ).toMatchObject({ type: 'mode.change', payload: { from_mode: 'default', to_mode: 'plan' } });
  });

  it('tells of a tool what only its details tell', () => {
    const event = eventOf('tool_result', {
      tool_name: 'mcp_tool',
      tool_use_id: 't1',
      success: 'true',
      decision_source: 'config',
      tool_parameters: JSON.stringify({
        mcp_server_name: 'github',
        mcp_tool_name: 'search',
        git_commit_id: 'abc1234',
      }),
    });
    expect(event.payload).toMatchObject({
      mcp_server: 'github',
      mcp_tool: 'search',
      commit_sha: 'abc1234',
      decision_source: 'config',
    });
    expect(eventOf('tool_result', { tool_name: 'Edit', tool_parameters: '{"cut' }).payload).toMatchObject({
      file_operation: 'edit',
    });
  });

  it('takes from metrics how a session began, and sums that nothing else tells', () => {
    const events = recordedExports('hooks', 'metrics').flatMap((sent) => eventsOfExport('metrics', sent));
    const told = events.map(({ type, payload }) => ({ type, ...payload }));
    expect(told.filter(({ type }) => type === 'session.start')).toEqual([
      { type: 'session.start', start_type: 'fresh' },
      { type: 'session.start', start_type: 'resume' },
    ]);
    expect(told).toContainEqual({ type: 'agent.tally', measure: 'lines_added', teller: 'metric', amount: 2 });
    expect(told).toContainEqual({
      type: 'agent.tally',
      measure: 'active_ms_cli',
      teller: 'metric',
      amount: 750,
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('tells of a cumulative series that it is one, and of a session once', () => {
    const [sent] = recordedExports('basic', 'metrics');
    const text = JSON.stringify(sent).replaceAll('"aggregationTemporality":1', '"aggregationTemporality":2');
    const later = text.replaceAll(/"timeUnixNano":"(\d{10})/g, (_, s) => `"timeUnixNano":"${Number(s) + 60}`);
    const first = eventsOfExport('metrics', JSON.parse(text));
    const second = eventsOfExport('metrics', JSON.parse(later));
    const ids = (events: readonly AgentEvent[], type: string) =>
      events.filter((event) => event.type === type).map(({ id }) => id);
    expect(ids(second, 'session.start')).toEqual(ids(first, 'session.start'));
    const series = (events: readonly AgentEvent[]) => events.flatMap(({ payload }) => payload.sum_of ?? []);
    expect(series(first).length).toBeGreaterThan(0);
    expect(series(second)).toEqual(series(first));
    expect(ids(second, 'agent.tally')).not.toEqual(ids(first, 'agent.tally'));
  });

  it('takes from spans the calls that nothing else tells of', () => {
    const calls = recordedExports('auto-mode', 'traces')
      .flatMap((sent) => eventsOfExport('traces', sent))
      .filter(({ type }) => type === 'api.request');
    expect(calls).toMatchObject([
      {
        correlation: { sessionId: expect.any(String) },
        payload: {
          request_id: 'req_1_000003',
          model: 'claude-sonnet-5',
          purpose: 'auto_mode',
          input_tokens: 1001,
        },
      },
    ]);
  });

  it('gives no events for an unknown sender and for records without a name', () => {
    const records = [record('api_request', {})];
    expect(telemetryToEvents('logs', request(records, { 'service.name': 'other' }), CONTEXT)).toEqual([]);
    const nameless = { ...record('x', {}), body: {}, attributes: [] };
    expect(telemetryToEvents('logs', request([nameless]), CONTEXT)).toEqual([]);
  });

  it('says once per session that an agent exports spans of its own', () => {
    const events = recordedExports('basic', 'traces').flatMap((sent) => eventsOfExport('traces', sent));
    const [first] = events;
    const sessionId = first?.correlation.sessionId;
    expect(first).toMatchObject({
      id: `own-spans:${sessionId}`,
      type: 'agent.traces',
      payload: { own_spans: true },
      origin: 'telemetry',
    });
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set([`own-spans:${sessionId}`]));
  });

  it.each([
    ['bad', 1],
    ['fine', 3],
    ['good', 5],
  ])('reads the answer "%s" to a survey as a score of %d', (response, score) => {
    // As Claude Code 2.1.329 writes it where CLAUDE_CODE_ENABLE_FEEDBACK_SURVEY_FOR_OTEL is set.
    const told = { event_type: 'responded', appearance_id: 'a1', response, survey_type: 'session' };
    expect(eventOf('feedback_survey', told)).toMatchObject({
      type: 'feedback',
      correlation: { sessionId: 's1' },
      payload: { score, scale: 5, feedback_source: 'survey', survey_type: 'session', response },
    });
  });

  it.each([
    { event_type: 'appeared', appearance_id: 'a1', survey_type: 'session' },
    { event_type: 'responded', appearance_id: 'a1', response: 'dismissed', survey_type: 'session' },
    { event_type: 'responded', appearance_id: 'a1', response: 'not_sure', survey_type: 'long_context' },
    { event_type: 'responded', appearance_id: 'a1', response: 'bad', survey_type: 'memory' },
  ])('takes no judgement of the session from %j', (told) => {
    expect(eventOf('feedback_survey', told)).toMatchObject({ type: 'agent.feedback_survey', payload: told });
  });

  it('takes the time of receipt where a record has none', () => {
    const [event] = telemetryToEvents('logs', request([record('compaction', {}, '0')]), CONTEXT);
    expect(event?.tsMs).toBe(CONTEXT.receivedMs);
  });

  it.each(CLAUDE_SCENARIOS)('gives the same ids over protobuf as over JSON: %s', (scenario) => {
    const overProtobuf = recordedExports(scenario, 'logs').flatMap((sent) => {
      const decoded = decodeRequest('logs', Buffer.from(JSON.stringify(sent)), 'json');
      const body = encodeRequest('logs', decoded);
      return telemetryToEvents('logs', decodeRequest('logs', body, 'protobuf'), CONTEXT);
    });
    expect(overProtobuf).toEqual(telemetryEvents(scenario));
  });

  it('gives the same events however records are cut into requests and repeated', () => {
    const records = CLAUDE_SCENARIOS.flatMap((scenario) => recordedExports(scenario, 'logs')).flatMap(
      (sent) =>
        decodeRequest('logs', Buffer.from(JSON.stringify(sent)), 'json').resourceLogs.flatMap(
          ({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords),
        ),
    );
    const all = telemetryToEvents('logs', request(records), CONTEXT);
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const indexes = fc.array(fc.nat({ max: records.length - 1 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(indexes, (chosen) => {
        const some = chosen.map((index) => records[index] as OtlpLogRecord);
        const events = telemetryToEvents('logs', request(some), CONTEXT);
        expect(events).toEqual(chosen.map((index) => all[index]));
      }),
      { numRuns: 30 },
    );
  });

  it('gives different records different ids, whatever they differ in', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.double({ noNaN: true }));
    const attributes = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 4 });
    fc.assert(
      fc.property(attributes, attributes, (a, b) => {
        const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
        expect(eventOf('hook_execution_start', a).id === eventOf('hook_execution_start', b).id).toBe(same);
      }),
    );
  });
});
