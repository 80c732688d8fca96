import { describe, expect, it } from 'vitest';
import { qwenRecord } from '../../../../otel-bridge/agents/qwen-code/log-events.ts';
import { readPromptId } from '../../../../otel-bridge/agents/qwen-code/prompt-id.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { familyTelemetryEvents } from '../../../helpers/gemini-family-fixtures.ts';

function told(scenario: string, type: string): AgentEvent[] {
  return familyTelemetryEvents('qwen-code', scenario).filter((event) => event.type === type);
}

describe('the telemetry of Qwen Code', () => {
  it('says whose it is, with its version', () => {
    expect(familyTelemetryEvents('qwen-code', 'basic')[0]).toMatchObject({
      type: 'session.start',
      source: { framework: 'qwen-code', host: 'laptop' },
      attributes: { project: 'demo', agent: 'alice', agent_version: '0.24.4' },
    });
  });

  it('tells the end of a session', () => {
    expect(told('basic', 'session.end')).toHaveLength(1);
  });

  it('tells runs by the prompt, what it asks itself afterwards included', () => {
    const runs = new Set(told('background', 'api.request').map(({ correlation }) => correlation.runId));
    const [prompt] = told('background', 'prompt');
    expect(runs).toEqual(new Set([prompt?.correlation.runId, undefined]));
  });

  it('tells which calls a sub-agent made', () => {
    const calls = told('subagents', 'api.request').filter(
      ({ payload }) => payload.query_source === 'subagent',
    );
    expect(calls.map(({ payload }) => payload.subagent)).toEqual(Array(calls.length).fill('general-purpose'));
    expect(new Set(calls.map(({ payload }) => payload.subagent_id)).size).toBe(2);
  });

  it('tells a failed command from a refused one and from one of a tool that is not there', () => {
    const ends = [...told('basic', 'span.end'), ...told('denied', 'span.end')];
    expect(ends.map(({ payload }) => [payload.tool_name, payload.status, payload.exit_code])).toEqual([
      ['run_shell_command', 'success', undefined],
      ['run_shell_command', 'success', undefined],
      ['run_shell_command', 'failure', 3],
      ['run_shell_command', 'rejected', undefined],
      ['nope', 'error', undefined],
    ]);
  });

  it('tells a call that was refused for good, without tokens', () => {
    expect(told('api-error', 'api.request').map(({ payload }) => payload)).toMatchObject([
      { error_type: '400', error_message: '400 Scripted 400', input_tokens: 0, output_tokens: 0 },
    ]);
  });

  it('tells compactions with their sizes and what they cost', () => {
    const [compaction] = told('resume', 'span.end').filter(({ payload }) => payload.kind === 'compaction');
    expect(compaction).toMatchObject({
      correlation: { spanId: 'compaction-41447-31154' },
      payload: { pre_tokens: 41_447, post_tokens: 31_154 },
    });
    const helpers = told('resume', 'api.request').filter(
      ({ payload }) => payload.query_source === 'auxiliary',
    );
    expect(helpers.map(({ payload }) => payload.purpose)).toEqual(['compress', 'compress']);
  });

  it('does not take an id of a response for one of a request: some servers give the same one twice', () => {
    for (const { payload } of told('basic', 'api.request')) {
      expect(payload).toHaveProperty('message_id');
      expect(payload).not.toHaveProperty('request_id');
    }
  });

  it('says nothing of the beginning of a call', () => {
    expect(qwenRecord('qwen-code.api_request', new Map([['model', 'm']]))).toEqual([]);
  });
});

describe('readPromptId()', () => {
  it.each([
    ['s########0', { runId: 's########0' }],
    ['s########0/automatic/6', { runId: 's########0' }],
    ['s#general-purpose-call_1#2', { subagentId: 'general-purpose-call_1' }],
    ['compress-1795271274112', {}],
    [undefined, {}],
  ])('reads %s', (promptId, expected) => {
    expect(readPromptId(promptId)).toEqual(expected);
  });
});
