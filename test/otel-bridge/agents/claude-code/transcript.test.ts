import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRANSCRIPT_FORMATS } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import {
  CLAUDE_SCENARIOS,
  readTranscriptLines,
  recordedTranscripts,
  transcriptContext,
} from '../../../helpers/claude-fixtures.ts';

let made = 0;

/** A line of a main transcript; later lines are later. */
function line(type: string, fields: object): string {
  made += 1;
  return JSON.stringify({
    type,
    uuid: `uuid-${made}`,
    timestamp: new Date(Date.parse('2026-11-20T10:00:00Z') + made * 1000).toISOString(),
    sessionId: 's1',
    cwd: '/home/dev/demo',
    gitBranch: 'main',
    version: '2.1.329',
    ...fields,
  });
}

const prompt = (content: unknown, fields: object = {}) =>
  line('user', { message: { role: 'user', content }, promptId: 'p1', promptSource: 'typed', ...fields });

interface Answer {
  id?: string;
  requestId?: string | undefined;
  output?: number;
  stop?: string | null;
  content?: object[];
}

function answer({
  id = 'msg_1',
  output = 20,
  stop = 'end_turn',
  content = [{ type: 'text' }],
  ...rest
}: Answer = {}) {
  const requestId = 'requestId' in rest ? rest.requestId : 'req_1';
  return line('assistant', {
    requestId,
    message: {
      id,
      model: 'claude-opus-5-5',
      content,
      stop_reason: stop,
      usage: {
        input_tokens: 10,
        output_tokens: output,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 0,
      },
    },
  });
}

const bash = (id: string, command = 'ls') => ({ type: 'tool_use', id, name: 'Bash', input: { command } });
const result = (id: string, content: unknown, fields: object = {}, isError = false) =>
  line('user', {
    promptId: 'p1',
    message: {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content, is_error: isError }],
    },
    ...fields,
  });

const types = (events: readonly AgentEvent[]) => events.map(({ type }) => type);
const calls = (events: readonly AgentEvent[]) =>
  events.filter(({ type }) => type === 'api.request').map(({ payload }) => payload);

describe('a transcript of Claude Code', () => {
  it.each([
    ['a prompt', () => [prompt('go on', { promptId: 'p2' })]],
    ['a compaction', () => [line('system', { subtype: 'compact_boundary', compactMetadata: {} })]],
  ])('tells once that another process took the session up, with %s', (_, goesOn) => {
    const end = line('cost-state', { totalCostUSD: 1, modelUsage: {} });
    const events = readTranscriptLines([
      prompt('begin'),
      answer(),
      end,
      ...goesOn(),
      prompt('and again', { promptId: 'p3' }),
      answer({ id: 'msg_2', requestId: 'req_2' }),
    ]);
    const tallies = events.filter(({ type }) => type === 'agent.tally').map(({ payload }) => payload);
    expect(tallies).toEqual([{ measure: 'resumes', teller: 'transcript', amount: 1 }]);
  });

  it('takes the command that asked for a compaction as the beginning of its process, though it stands behind', () => {
    const end = (cost: number) => line('cost-state', { totalCostUSD: cost, modelUsage: {} });
    const before = [prompt('begin'), answer(), end(1)];
    const asked = prompt('<command-name>/compact</command-name>', { promptSource: undefined });
    const boundary = line('system', { subtype: 'compact_boundary', compactMetadata: {} });
    const events = readTranscriptLines([...before, boundary, asked, end(2)]);
    const sums = events.filter(({ type }) => type === 'session.end').map(({ payload }) => payload.since_ms);
    expect(sums[1]).toBe(Date.parse(JSON.parse(asked).timestamp));
  });

  it('tells of a session, its run, the model call, the tool call and their ends', () => {
    const events = readTranscriptLines([
      prompt('list the files'),
      answer({ stop: 'tool_use', content: [bash('t1')] }),
      result('t1', 'a.txt', {
        toolUseResult: { stdout: 'a.txt' },
        permissionDecision: { decision: 'accept', source: 'config' },
      }),
      answer({ id: 'msg_2', requestId: 'req_2' }),
    ]);
    expect(types(events)).toEqual([
      'session.start',
      'prompt',
      'api.request',
      'span.start',
      'tool.decision',
      'span.end',
      'api.request',
      'run.end',
    ]);
    const [start, said, call, began, decision, ended] = events;
    expect(start?.payload).toEqual({
      cwd: '/home/dev/demo',
      repository: 'demo',
      branch: 'main',
      agent_version: '2.1.329',
    });
    expect(said).toMatchObject({
      correlation: { sessionId: 's1', runId: 'p1' },
      payload: { prompt_id: 'p1', prompt_source: 'person', length: 14 },
      source: { framework: 'claude-code', host: 'devbox' },
      origin: 'transcript',
    });
    expect(call?.payload).toMatchObject({
      request_id: 'req_1',
      message_id: 'msg_1',
      query_source: 'main',
      output_tokens: 20,
    });
    expect(began?.correlation).toEqual({ sessionId: 's1', runId: 'p1', spanId: 't1' });
    expect(decision?.payload).toMatchObject({
      tool_name: 'Bash',
      decision: 'accept',
      decision_source: 'config',
    });
    expect(ended?.payload).toMatchObject({
      tool_name: 'Bash',
      status: 'success',
      exit_code: 0,
      duration_ms: 1000,
      output_size_bytes: 5,
    });
    expect(events.at(-1)).toMatchObject({ correlation: { runId: 'p1' }, payload: { status: 'success' } });
  });

  it('holds no text of prompts, arguments or outputs unless it may', () => {
    const lines = [
      prompt('SECRET prompt'),
      answer({
        stop: 'tool_use',
        content: [{ type: 'text', text: 'SECRET answer' }, bash('t1', 'SECRET command')],
      }),
      result('t1', 'SECRET output', { toolUseResult: { stdout: 'SECRET output', stderr: 'SECRET' } }),
    ];
    expect(JSON.stringify(readTranscriptLines(lines))).not.toContain('SECRET');
    const privacy = { prompts: true, toolArguments: true, toolOutput: true, filePaths: true };
    const told = JSON.stringify(readTranscriptLines(lines, transcriptContext({ privacy })));
    for (const text of ['prompt', 'command', 'output']) expect(told).toContain(`SECRET ${text}`);
  });

  it('tells paths only where it may', () => {
    const read = { type: 'tool_use', id: 't1', name: 'Read', input: { file_path: '/home/dev/demo/a.ts' } };
    const lines = [prompt('x'), answer({ stop: 'tool_use', content: [read] })];
    expect(readTranscriptLines(lines).find(({ type }) => type === 'span.start')?.payload.summary).toBe(
      '/home/dev/demo/a.ts',
    );
    const privacy = { prompts: false, toolArguments: false, toolOutput: false, filePaths: false };
    const told = readTranscriptLines(lines, transcriptContext({ privacy }));
    expect(JSON.stringify(told)).not.toContain('/home/dev');
    expect(told[0]?.payload.repository).toBe('demo');
  });

  it('tells of calls that nobody was asked about, and of those that were refused for it', () => {
    // As Claude Code 2.1.329 writes it while a bridge hangs, answers 503 or is gone.
    const failed = (toolUseID: string, fields: object) =>
      line('attachment', {
        attachment: { type: 'hook_non_blocking_error', toolUseID, hookEvent: 'PreToolUse', ...fields },
      });
    const url = 'http://127.0.0.1:8080/v1/hooks/claude-code';
    const refused = `PreToolUse:Bash hook error: [${url}]: timed out; blocking because onFailure is "block"`;
    const events = readTranscriptLines([
      prompt('go'),
      answer({ stop: 'tool_use', content: [bash('t1'), bash('t2'), bash('t3'), bash('t4')] }),
      failed('t1', { type: 'hook_cancelled', command: url, timedOut: true, timeoutMs: 300 }),
      failed('t2', { stderr: `HTTP 503 from ${url}`, exitCode: 503 }),
      failed('t3', { stderr: 'connect ECONNREFUSED 127.0.0.1:8080', exitCode: 0 }),
      failed('t1', { hookEvent: 'PostToolUse', stderr: `HTTP 503 from ${url}` }),
      failed('t2', { stderr: 'my-lint: not found', exitCode: 127 }),
      result('t4', refused, {}, true),
      answer({ id: 'msg_2', requestId: 'req_2' }),
    ]);
    const told = events.filter(({ type }) => type === 'agent.hook_failed');
    expect(told.map(({ correlation, payload }) => [correlation.spanId, payload.reason])).toEqual([
      ['t1', 'timed out'],
      ['t2', 'HTTP 503'],
      ['t3', 'not reached'],
    ]);
    const end = events.find(({ type, correlation }) => type === 'span.end' && correlation.spanId === 't4');
    expect(end?.payload).toMatchObject({ status: 'rejected', error_type: 'HookFailed' });
  });

  it('tells a message once, however many lines it has', () => {
    const text = answer({ stop: 'tool_use' });
    const events = readTranscriptLines([
      prompt('x'),
      text,
      answer({ stop: 'tool_use', content: [bash('t1')] }),
    ]);
    expect(calls(events)).toHaveLength(1);
  });

  it('tells a message that grows as incomplete, and again with its final usage', () => {
    const events = readTranscriptLines([
      prompt('x'),
      answer({ output: 1, stop: null }),
      answer({ output: 7, stop: null }),
      answer({ output: 90, stop: 'end_turn' }),
    ]);
    expect(calls(events).map(({ output_tokens, complete }) => [output_tokens, complete])).toEqual([
      [1, false],
      [7, false],
      [90, undefined],
    ]);
  });

  it('tells a message that broke off as whole once the user interrupted it', () => {
    const events = readTranscriptLines([
      prompt('x'),
      answer({ output: 1, stop: null }),
      line('user', { message: { content: [{ type: 'text', text: '[Request interrupted by user]' }] } }),
      prompt('y', { promptId: 'p2' }),
    ]);
    expect(calls(events).map(({ complete }) => complete)).toEqual([false, undefined]);
    expect(events.find(({ type }) => type === 'run.end')?.payload.status).toBe('cancelled');
  });

  it('tells a message without request id only when it is whole: its tokens are its identity', () => {
    const partial = (output: number) => answer({ requestId: undefined, output, stop: null });
    const events = readTranscriptLines([
      prompt('x'),
      partial(1),
      partial(8),
      answer({ id: 'msg_2', requestId: undefined }),
    ]);
    expect(calls(events).map(({ message_id, output_tokens }) => [message_id, output_tokens])).toEqual([
      ['msg_1', 8],
      ['msg_2', 20],
    ]);
  });

  it.each([
    ['a reminder', { message: { content: '<system-reminder>x' }, isMeta: true }],
    ['a local command', { message: { content: '<command-name>/clear</command-name>' } }],
    ['output of a local command', { message: { content: '<local-command-stdout></local-command-stdout>' } }],
    ['a shell command of the user', { message: { content: '<bash-input>ls</bash-input>' } }],
    ['the summary after a compaction', { message: { content: 'x' }, isCompactSummary: true }],
    ['what a sub-agent was asked', { message: { content: 'x' }, isSidechain: true, agentId: 'a1' }],
  ])('does not take %s for a prompt', (_name, fields) => {
    expect(types(readTranscriptLines([line('user', fields)]))).not.toContain('prompt');
  });

  it('takes a prompt of an older version, without prompt ids, by its own id', () => {
    const [, said] = readTranscriptLines([line('user', { uuid: 'u1', message: { content: 'hello' } })]);
    expect(said).toMatchObject({ type: 'prompt', correlation: { runId: 'u1' } });
  });

  it("says that a prompt is the agent's own where a background task ended", () => {
    const events = readTranscriptLines([prompt('<task-notification>x', { promptSource: 'system' })]);
    expect(events.at(-1)?.payload.prompt_source).toBe('system');
  });

  it.each([
    ['Exit code 3\nfailing', {}, { status: 'failure', exit_code: 3, error_type: 'ShellError' }],
    [
      '<tool_use_error>InputValidationError: x</tool_use_error>',
      {},
      { status: 'error', error_type: 'InputValidationError' },
    ],
    ['no such file', {}, { status: 'failure' }],
    ["The user doesn't want to proceed with this tool use.", {}, { status: 'cancelled' }],
    ['not granted', { toolDenialKind: 'user-rejected' }, { status: 'rejected' }],
  ])('reads the outcome of a tool that answered %j', (text, fields, expected) => {
    const events = readTranscriptLines([
      prompt('x'),
      answer({ stop: 'tool_use', content: [bash('t1')] }),
      result('t1', text, fields, true),
    ]);
    expect(events.at(-1)?.payload).toMatchObject(expected);
  });

  it('attributes history that a fork copied to the session it is from, where that one is gone', () => {
    const copied = line('assistant', {
      requestSessionId: 's0',
      requestId: 'req_0',
      message: {
        id: 'msg_0',
        model: 'claude-opus-5-5',
        stop_reason: 'end_turn',
        content: [],
        usage: { input_tokens: 1 },
      },
    });
    const lines = [prompt('old'), copied, prompt('new', { promptId: 'p2' }), answer()];
    const told = readTranscriptLines(lines);
    expect(told.map(({ type, correlation }) => [type, correlation.sessionId])).toEqual([
      ['api.request', 's0'],
      ['session.start', 's1'],
      ['prompt', 's1'],
      ['api.request', 's1'],
      ['run.end', 's1'],
    ]);
    const beside = readTranscriptLines(lines, transcriptContext({ hasSession: (id) => id === 's0' }));
    expect(beside.map(({ correlation }) => correlation.sessionId)).not.toContain('s0');
  });

  it('hangs what a sub-agent does below the call that started it', () => {
    for (const { companion, lines } of recordedTranscripts('subagent')) {
      if (companion === undefined) continue;
      const events = readTranscriptLines(lines, transcriptContext({ companion }));
      expect(new Set(events.map(({ correlation }) => correlation.parentSpanId))).toEqual(
        new Set([companion.toolUseId]),
      );
      expect(calls(events)[0]).toMatchObject({ query_source: 'subagent', subagent: 'general-purpose' });
      expect(types(events)).not.toContain('session.start');
    }
  });

  it('reads a line anew as the same event', () => {
    for (const scenario of CLAUDE_SCENARIOS) {
      for (const { lines } of recordedTranscripts(scenario)) {
        expect(readTranscriptLines(lines)).toEqual(readTranscriptLines(lines));
      }
    }
  });

  it('reads any JSON without failing', () => {
    const [format] = TRANSCRIPT_FORMATS;
    const field = fc.constantFrom(
      'type',
      'message',
      'content',
      'usage',
      'sessionId',
      'cwd',
      'timestamp',
      'uuid',
      'id',
    );
    const anyLine = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(field, fc.jsonValue()).map((fields) => ({ type: 'user', ...fields })),
      fc.dictionary(field, fc.jsonValue()).map((message) => ({ type: 'assistant', message })),
    );
    fc.assert(
      fc.property(fc.array(anyLine), (values) => {
        let state: ReturnType<NonNullable<typeof format>['read']>['state'] | undefined;
        for (const value of values) state = format?.read(value, state, transcriptContext()).state;
        format?.finish(state, transcriptContext());
      }),
    );
  });
});

describe('claudeCodeTranscripts.isTranscript()', () => {
  const [format] = TRANSCRIPT_FORMATS;
  it.each([
    ['-home-dev/8bdf168b.jsonl', true],
    ['-home-dev/8bdf168b/subagents/agent-a1.jsonl', true],
    ['-home-dev/8bdf168b/subagents/nested/agent-a1.jsonl', true],
    ['-home-dev/8bdf168b/tool-results/x.jsonl', false],
    ['-home-dev/8bdf168b/subagents/agent-a1.meta.json', false],
    ['stray.jsonl', false],
    ['my-app/data.jsonl', false],
    ['C--work-demo/8bdf168b.jsonl', true],
  ])('%s: %s', (path, expected) => {
    expect(format?.isTranscript(path)).toBe(expected);
  });
});

describe('claudeCodeTranscripts.mayHold()', () => {
  const [format] = TRANSCRIPT_FORMATS;
  it.each([
    ['-home-dev', true],
    ['my-app', false],
    ['-home-dev/8bdf168b', true],
    ['-home-dev/8bdf168b/subagents', true],
    ['-home-dev/8bdf168b/tool-results', false],
  ])('%s: %s', (path, expected) => {
    expect(format?.mayHold(path)).toBe(expected);
  });
});
