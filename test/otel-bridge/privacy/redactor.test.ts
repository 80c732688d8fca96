import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent, JsonObject } from '../../../otel-bridge/domain/event.ts';
import { keyValues, type PlainValue } from '../../../otel-bridge/otlp/attributes.ts';
import type { AnyValue, KeyValue, LogsRequest, OtlpLogRecord } from '../../../otel-bridge/otlp/types.ts';
import type { PrivacySettings } from '../../../otel-bridge/privacy/keys/content.ts';
import { createRedactor } from '../../../otel-bridge/privacy/redactor.ts';
import { CANARIES, type Canary } from './canaries.ts';

const CLOSED: PrivacySettings = {
  prompts: false,
  responses: false,
  tool_arguments: false,
  tool_output: false,
  file_paths: true,
  redact: ['defaults'],
};
const OPEN: PrivacySettings = {
  ...CLOSED,
  prompts: true,
  responses: true,
  tool_arguments: true,
  tool_output: true,
};
const redactor = createRedactor(CLOSED, false);
const open = createRedactor(OPEN, false);

function makeEvent(over: Partial<AgentEvent> = {}): AgentEvent {
  return {
    id: 'e1',
    type: 'span.end',
    tsMs: 1_700_000_000_000,
    tsNanos: 0,
    source: { framework: 'claude-code', clientId: 'c', host: 'h' },
    correlation: { sessionId: 's1', runId: 'r1' },
    attributes: {},
    payload: {},
    origin: 'ingest',
    ...over,
  };
}

function makeLog(over: Partial<OtlpLogRecord> = {}): OtlpLogRecord {
  return {
    timeUnixNano: '1700000000000000000',
    observedTimeUnixNano: '1700000000000000000',
    severityNumber: 0,
    severityText: '',
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...over,
  };
}

function makeLogs(record: OtlpLogRecord, resource: KeyValue[] = []): LogsRequest {
  return {
    resourceLogs: [
      {
        resource: { attributes: resource, droppedAttributesCount: 0, entityRefs: [] },
        scopeLogs: [{ logRecords: [record], schemaUrl: '' }],
        schemaUrl: '',
      },
    ],
  };
}

/** What is left of the attributes of one log record. */
function redactedAttributes(attributes: Record<string, PlainValue>, by = redactor): Record<string, AnyValue> {
  const request = by.otlp('logs', makeLogs(makeLog({ attributes: keyValues(attributes) })));
  const record = request.resourceLogs[0]?.scopeLogs[0]?.logRecords[0];
  return Object.fromEntries((record?.attributes ?? []).map(({ key, value }) => [key, value ?? {}]));
}

const canary = fc.constantFrom(...CANARIES);
const key = fc.constantFrom(
  'note',
  'error',
  'a.b',
  'tool_input',
  'response',
  'host',
  'detail',
  'x-header',
  'url',
);
/** A canary somewhere in a JSON value: in a text, a list, an object, a key, or in JSON inside a string. */
function nested(of: Canary): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constant(of.text),
      fc.constant(`before ${of.text} after`),
      fc.array(tie('value'), { minLength: 1, maxLength: 2 }),
      fc.tuple(key, tie('value')).map(([name, value]) => ({ n: 1, [name]: value })),
      tie('value').map((value) => JSON.stringify({ deep: value })),
      fc.constant({ [of.text]: 'value' }),
    ),
  })).value;
}
const placed = canary.chain((of) => nested(of).map((value) => ({ of, value })));

function expectNone(output: unknown, of: Canary): void {
  let text = JSON.stringify(output);
  // Escaping grows with each level of JSON in JSON; without backslashes all levels look the same.
  text = text.replaceAll('\\', '');
  expect(text).not.toContain(of.hidden.replaceAll('\\', ''));
}

describe('createRedactor().event()', () => {
  it('lets no canary out of any field, whatever the settings open', () => {
    fc.assert(
      fc.property(placed, fc.constantFrom(redactor, open), ({ of, value }, by) => {
        const event = makeEvent({
          id: of.text,
          type: `x ${of.text}`,
          source: { framework: of.text, clientId: of.text, host: of.text },
          correlation: {
            sessionId: of.text,
            runId: of.text,
            spanId: of.text,
            parentSpanId: of.text,
            traceId: of.text,
          },
          attributes: { [of.text]: 1, error: value },
          payload: { value, tool_input: value, output: [value], more: { prompt: value } },
        });
        const before = structuredClone(event);
        expectNone(by.event(event), of);
        expect(event).toEqual(before);
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps ids apart after what was secret in them is gone', () => {
    const ids = ['sk-ant-api03-aaaaaaaaaaaaaaaaaaaa1', 'sk-ant-api03-bbbbbbbbbbbbbbbbbbbb2'].map(
      (id) => redactor.event(makeEvent({ id })).id,
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^\[redacted\]:[0-9a-f]{8}$/);
  });

  it('leaves closed content out and keeps what measures it', () => {
    const payload: JsonObject = {
      prompt_id: 'p1',
      length: 12,
      text: 'please read the plan',
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      tool_input: { command: 'ls' },
      tool_input_size_bytes: 44,
      status: 'success',
      result: 'success',
      model: 'claude-opus-5-5',
      usage: { input_tokens: 1, output_tokens: 2, total_cost: 0.25 },
      error_message: 'rate limited',
      user: { email: 'a@example.com', id: 'u' },
      cwd: '/home/u/demo',
    };
    const event = redactor.event(makeEvent({ type: 'prompt', payload, attributes: { 'user.id': 'u' } }));
    expect(event.attributes).toEqual({});
    expect(event.payload).toEqual({
      prompt_id: 'p1',
      length: 12,
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      tool_input_size_bytes: 44,
      status: 'success',
      result: 'success',
      model: 'claude-opus-5-5',
      usage: { input_tokens: 1, output_tokens: 2, total_cost: 0.25 },
      error_message: 'rate limited',
      user: { id: 'u' },
      cwd: '/home/u/demo',
    });
  });

  it('keeps a summary that is a path, as far as paths are open, and no other', () => {
    const summaryOf = (summary: string, by = redactor): unknown =>
      by.event(makeEvent({ type: 'span.start', payload: { summary } })).payload.summary;
    const noPaths = createRedactor({ ...CLOSED, file_paths: false }, false);
    expect(summaryOf('/home/u/demo/plan.md')).toBe('/home/u/demo/plan.md');
    expect(summaryOf('C:\\demo\\plan.md')).toBe('C:\\demo\\plan.md');
    expect(summaryOf('/home/u/demo/plan.md', noPaths)).toBeUndefined();
    expect(summaryOf('cat /home/u/demo/plan.md')).toBeUndefined();
    expect(summaryOf('https://example.com/?q=x')).toBeUndefined();
    expect(summaryOf('cat /home/u/demo/plan.md', open)).toBe('cat /home/u/demo/plan.md');
  });

  it('keeps what the settings open, without its secrets', () => {
    const event = open.event(
      makeEvent({ type: 'prompt', payload: { text: 'use sk-ant-api03-aaaaaaaaaaaaaaaaaaaa1 to log in' } }),
    );
    expect(event.payload.text).toBe('use [redacted] to log in');
  });

  it('judges the messages of a conversation by who speaks', () => {
    const prompts = createRedactor({ ...CLOSED, prompts: true }, false);
    const messages = [
      { role: 'user', content: 'the question' },
      { role: 'assistant', content: [{ type: 'text', text: 'the answer' }] },
      { role: 'assistant', content: [{ type: 'tool_use', name: 'Bash', input: { command: 'ls' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'a.txt' }] },
    ];
    const text = JSON.stringify(prompts.event(makeEvent({ type: 'x', payload: { messages } })).payload);
    expect(text).toContain('the question');
    expect(text).toContain('Bash');
    for (const hidden of ['the answer', '"ls"', 'a.txt']) expect(text).not.toContain(hidden);
  });

  it('ends on values that are nested without end', () => {
    let value: unknown = 'deep';
    for (let depth = 0; depth < 20_000; depth += 1) value = [value];
    expect(JSON.stringify(redactor.event(makeEvent({ payload: { value } })))).toContain('[redacted]');
  });
});

describe('createRedactor().otlp()', () => {
  it('lets no canary out of any field of logs', () => {
    fc.assert(
      fc.property(placed, fc.constantFrom(redactor, open), ({ of, value }, by) => {
        const list = (): KeyValue[] => [
          ...keyValues({
            [of.text]: of.text,
            plain: of.text,
            json: JSON.stringify(value),
            nested: value as PlainValue,
          }),
          { key: 'bytes', value: { bytesValue: Buffer.from(of.text).toString('base64') } },
        ];
        const request = makeLogs(
          makeLog({
            attributes: list(),
            body: { kvlistValue: { values: list() } },
            severityText: of.text,
            eventName: of.text,
          }),
          list(),
        );
        const group = request.resourceLogs[0];
        const scoped = group?.scopeLogs[0];
        if (group === undefined || scoped === undefined) throw new Error('no group');
        group.schemaUrl = of.text;
        scoped.schemaUrl = of.text;
        scoped.scope = { name: of.text, version: of.text, attributes: list(), droppedAttributesCount: 0 };
        scoped.logRecords.push(makeLog({ body: { stringValue: `line ${of.text}` } }));
        const output = by.otlp('logs', request);
        expectNone(output, of);
        for (const bytes of JSON.stringify(output).matchAll(/"bytesValue":"([^"]+)"/g)) {
          expect(Buffer.from(bytes[1] ?? '', 'base64').toString()).not.toContain(of.hidden);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('lets no canary out of any field of traces', () => {
    fc.assert(
      fc.property(canary, (of) => {
        const list = (): KeyValue[] =>
          keyValues({ [of.text]: 1, note: of.text, list: [of.text, { a: of.text }] });
        const output = redactor.otlp('traces', {
          resourceSpans: [
            {
              resource: {
                attributes: list(),
                droppedAttributesCount: 0,
                entityRefs: [
                  { schemaUrl: of.text, type: of.text, idKeys: [of.text], descriptionKeys: [of.text] },
                ],
              },
              schemaUrl: of.text,
              scopeSpans: [
                {
                  schemaUrl: of.text,
                  scope: { name: of.text, version: of.text, attributes: list(), droppedAttributesCount: 0 },
                  spans: [
                    {
                      traceId: 'ab',
                      spanId: 'cd',
                      traceState: `x=${of.text}`,
                      parentSpanId: '',
                      flags: 0,
                      name: of.text,
                      kind: 1,
                      startTimeUnixNano: '1',
                      endTimeUnixNano: '2',
                      attributes: list(),
                      droppedAttributesCount: 0,
                      events: [
                        { timeUnixNano: '1', name: of.text, attributes: list(), droppedAttributesCount: 0 },
                      ],
                      droppedEventsCount: 0,
                      links: [
                        {
                          traceId: 'ab',
                          spanId: 'cd',
                          traceState: of.text,
                          attributes: list(),
                          droppedAttributesCount: 0,
                          flags: 0,
                        },
                      ],
                      droppedLinksCount: 0,
                      status: { message: `failed: ${of.text}`, code: 2 },
                    },
                  ],
                },
              ],
            },
          ],
        });
        expectNone(output, of);
      }),
      { numRuns: 200 },
    );
  });

  it('lets no canary out of any field of metrics, exemplars included', () => {
    fc.assert(
      fc.property(canary, (of) => {
        const list = (): KeyValue[] => keyValues({ [of.text]: 1, note: of.text });
        const exemplars = () => [
          { filteredAttributes: list(), timeUnixNano: '1', asDouble: 1, spanId: '', traceId: '' },
        ];
        const point = () => ({ attributes: list(), startTimeUnixNano: '1', timeUnixNano: '2', flags: 0 });
        const named = () => ({ name: of.text, description: of.text, unit: of.text, metadata: list() });
        const number = () => ({ ...point(), asInt: '1', exemplars: exemplars() });
        const output = redactor.otlp('metrics', {
          resourceMetrics: [
            {
              resource: { attributes: list(), droppedAttributesCount: 0, entityRefs: [] },
              schemaUrl: of.text,
              scopeMetrics: [
                {
                  schemaUrl: of.text,
                  scope: { name: of.text, version: of.text, attributes: list(), droppedAttributesCount: 0 },
                  metrics: [
                    { ...named(), gauge: { dataPoints: [number()] } },
                    {
                      ...named(),
                      sum: { dataPoints: [number()], aggregationTemporality: 2, isMonotonic: true },
                    },
                    {
                      ...named(),
                      histogram: {
                        dataPoints: [
                          {
                            ...point(),
                            count: '1',
                            bucketCounts: [],
                            explicitBounds: [],
                            exemplars: exemplars(),
                          },
                        ],
                        aggregationTemporality: 2,
                      },
                    },
                    {
                      ...named(),
                      exponentialHistogram: {
                        dataPoints: [
                          {
                            ...point(),
                            count: '1',
                            scale: 0,
                            zeroCount: '0',
                            exemplars: exemplars(),
                            zeroThreshold: 0,
                          },
                        ],
                        aggregationTemporality: 2,
                      },
                    },
                    {
                      ...named(),
                      summary: { dataPoints: [{ ...point(), count: '1', sum: 1, quantileValues: [] }] },
                    },
                  ],
                },
              ],
            },
          ],
        });
        expectNone(output, of);
      }),
      { numRuns: 200 },
    );
  });

  it('closes what Claude Code sends with all its details on, and keeps what is counted', () => {
    const closed = redactedAttributes({
      'event.name': 'tool_result',
      'session.id': 's-1',
      'user.email': 'a@example.com',
      'user.account_uuid': 'u',
      'user.id': 'h',
      'organization.id': 'o',
      prompt: 'the prompt text',
      prompt_length: '15',
      'prompt.id': 'p-1',
      response: 'the response text',
      response_length: 17,
      tool_name: 'Bash',
      tool_input: '{"command":"cat plan.md"}',
      tool_parameters: '{"bash_command":"cat","full_command":"cat plan.md","description":"Read the plan"}',
      tool_input_size_bytes: '25',
      tool_result_size_bytes: '99',
      full_command: 'cat plan.md',
      body: '{"messages":[]}',
      system_prompt: 'be kind',
      system_prompt_preview: 'be',
      system_prompt_hash: 'sp_1',
      new_context: '[USER]: the prompt text',
      'response.model_output': 'the response text',
      'gen_ai.tool.call.arguments': '{}x',
      'gen_ai.input.messages': '[{"role":"user"}]',
      error: 'Exit code 3',
      error_type: 'ShellError',
      success: 'false',
      cost_usd: 0.25,
      file_path: '/home/u/demo/plan.md',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.token.type': 'input',
    });
    const kept = Object.keys(closed).filter((name) => closed[name]?.stringValue !== '[redacted]');
    expect(kept.sort()).toEqual(
      [
        'event.name',
        'session.id',
        'prompt_length',
        'prompt.id',
        'response_length',
        'tool_name',
        'tool_input_size_bytes',
        'tool_result_size_bytes',
        'system_prompt_hash',
        'error',
        'error_type',
        'success',
        'cost_usd',
        'file_path',
        'gen_ai.usage.input_tokens',
        'gen_ai.token.type',
      ].sort(),
    );
    expect(Object.keys(closed)).not.toEqual(expect.arrayContaining(['user.email']));
    expect(closed['user.id']).toBeUndefined();
  });

  it('drops the command line of the process from resources: it holds the prompt', () => {
    const request = redactor.otlp(
      'logs',
      makeLogs(
        makeLog(),
        keyValues({
          'service.name': 'gemini-cli',
          'process.command_args': ['gemini', '-p', 'the prompt'],
          'process.command_line': 'gemini -p "the prompt"',
          'process.pid': 12,
        }),
      ),
    );
    const keys = request.resourceLogs[0]?.resource?.attributes.map((attribute) => attribute.key);
    expect(keys).toEqual(['service.name', 'process.pid']);
  });

  it("closes a tool call's error where that is the command and its output, and no other", () => {
    const error = {
      'error.message': 'Command: cat plan.md\nOutput: the plan',
      error: 'Command: cat plan.md',
    };
    const call = redactedAttributes({ 'event.name': 'qwen-code.tool_call', ...error });
    expect(call['error.message']?.stringValue).toBe('[redacted]');
    expect(call.error?.stringValue).toBe('[redacted]');
    const other = redactedAttributes({ 'event.name': 'qwen-code.api_error', ...error });
    expect(other.error?.stringValue).toBe('Command: cat plan.md');
  });

  it('takes a closed prompt out of the body that repeats it', () => {
    const record = makeLog({
      eventName: 'gemini_cli.user_prompt',
      attributes: keyValues({ prompt: 'tell me about the plan' }),
      body: { stringValue: 'User prompt. Length: 22. tell me about the plan' },
    });
    redactor.otlp('logs', makeLogs(record));
    expect(record.body?.stringValue).toBe('User prompt. Length: 22. [redacted]');
  });

  it('closes span events that carry what a tool printed', () => {
    const request = redactor.otlp('traces', {
      resourceSpans: [
        {
          schemaUrl: '',
          scopeSpans: [
            {
              schemaUrl: '',
              spans: [
                {
                  traceId: '',
                  spanId: '',
                  traceState: '',
                  parentSpanId: '',
                  flags: 0,
                  name: 'claude_code.tool',
                  kind: 1,
                  startTimeUnixNano: '1',
                  endTimeUnixNano: '2',
                  attributes: [],
                  droppedAttributesCount: 0,
                  events: [
                    {
                      timeUnixNano: '1',
                      name: 'tool.output',
                      attributes: keyValues({
                        content: 'secret plan',
                        output: 'printed',
                        bash_command: 'cat x',
                      }),
                      droppedAttributesCount: 0,
                    },
                  ],
                  droppedEventsCount: 0,
                  links: [],
                  droppedLinksCount: 0,
                },
              ],
            },
          ],
        },
      ],
    });
    const event = request.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.events[0];
    expect(event?.attributes.map(({ value }) => value?.stringValue)).toEqual(Array(3).fill('[redacted]'));
  });

  it('keeps account ids and e-mail addresses where the settings want them', () => {
    const kept = redactedAttributes(
      { 'user.email': 'a@example.com', note: 'by a@example.com' },
      createRedactor(CLOSED, true),
    );
    expect(kept['user.email']?.stringValue).toBe('a@example.com');
    expect(kept.note?.stringValue).toBe('by a@example.com');
  });
});
