import { describe, expect, it } from 'vitest';
import { geminiRecord } from '../../../../otel-bridge/agents/gemini-cli/log-events.ts';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import type { PlainValue } from '../../../../otel-bridge/otlp/attributes.ts';
import { familyTelemetryEvents } from '../../../helpers/gemini-family-fixtures.ts';

function told(scenario: string, type: string): AgentEvent[] {
  return familyTelemetryEvents('gemini-cli', scenario).filter((event) => event.type === type);
}

function meaning(name: string, attributes: Record<string, PlainValue>) {
  return geminiRecord(name, new Map(Object.entries(attributes)));
}

describe('the telemetry of Gemini CLI', () => {
  it('says whose it is, without the version of Node', () => {
    const [event] = familyTelemetryEvents('gemini-cli', 'basic');
    expect(event).toMatchObject({
      source: { framework: 'gemini-cli', host: 'laptop' },
      attributes: { project: 'demo', agent: 'alice', entrypoint: 'headless' },
      origin: 'telemetry',
    });
    expect(event?.attributes).not.toHaveProperty('agent_version');
  });

  it('tells calls by who made them: the conversation, sub-agents, and Gemini CLI to choose a model', () => {
    const sources = told('subagents', 'api.request').map(({ payload }) => payload.query_source);
    const counts = Object.fromEntries(
      [...Map.groupBy(sources, (source) => source)].map(([source, calls]) => [String(source), calls.length]),
    );
    expect(counts).toEqual({ main: 2, subagent: 4, auxiliary: 3 });
    const [router] = told('subagents', 'api.request');
    expect(router?.payload).toMatchObject({ purpose: 'utility_router', provider: 'google' });
  });

  it('tells sub-agents as spans, and which calls are theirs', () => {
    const ends = told('subagents', 'span.end').filter(({ payload }) => payload.kind === 'subagent');
    expect(ends.map(({ payload }) => [payload.subagent, payload.status])).toEqual([
      ['generalist', 'success'],
      ['generalist', 'success'],
    ]);
    const ids = new Set(ends.map(({ correlation }) => correlation.spanId));
    const callers = new Set(
      told('subagents', 'api.request').flatMap(({ payload }) => payload.subagent_id ?? []),
    );
    expect(callers).toEqual(ids);
  });

  it('knows that a command failed only where prompts are exported; else it waits for who knows', () => {
    const command = (scenario: string) => told(scenario, 'span.end').at(-1)?.payload;
    expect(command('basic')).toMatchObject({ status: 'success', complete: false });
    expect(command('prompts-exported')).toMatchObject({ status: 'success', exit_code: 3 });
    expect(command('prompts-exported')).not.toHaveProperty('complete');
  });

  it('tells a try that failed and was repeated as a call of its own, without tokens', () => {
    const tries = told('api-retry', 'api.request').map(({ payload }) => payload.error_type);
    expect(tries).toEqual([undefined, '500', undefined, undefined]);
  });

  it('tells what was written', () => {
    const written = told('files', 'span.end').find(({ payload }) => payload.tool_name === 'write_file');
    expect(written?.payload).toMatchObject({ file_operation: 'write', lines_added: 1, lines_removed: 0 });
  });

  it('tells a forbidden call from one of a tool that is not there', () => {
    const statuses = told('denied', 'span.end').map(({ payload }) => [payload.tool_name, payload.status]);
    expect(statuses).toEqual([
      ['run_shell_command', 'rejected'],
      ['nope', 'error'],
    ]);
  });

  it('says nothing of the beginning of a call and of its prompt', () => {
    expect(meaning('gemini_cli.api_request', { model: 'm' })).toEqual([]);
    expect(meaning('gen_ai.client.inference.operation.details', { 'gen_ai.response.id': 'r' })).toEqual([]);
  });

  it('ends the run with the conversation, or with a process that has no terminal', () => {
    expect(meaning('gemini_cli.conversation_finished', { turnCount: 3 })).toMatchObject([
      { type: 'run.end', payload: { status: 'success', turns: 3 } },
    ]);
    const duration = (interactive: boolean) =>
      meaning('gemini_cli.plan.approval_mode_duration', { interactive, mode: 'yolo' }).map(
        ({ type }) => type,
      );
    expect(duration(false)).toContain('run.end');
    expect(duration(true)).not.toContain('run.end');
  });

  it('tells compactions with their sizes, changes of mode, commands and errors', () => {
    expect(meaning('gemini_cli.chat_compression', { tokens_before: 900, tokens_after: 100 })).toMatchObject([
      { correlation: { spanId: 'compaction-900-100' }, payload: { pre_tokens: 900, post_tokens: 100 } },
    ]);
    expect(
      meaning('gemini_cli.plan.approval_mode_switch', { from_mode: 'default', to_mode: 'plan' }),
    ).toMatchObject([{ type: 'mode.change', payload: { from_mode: 'default', to_mode: 'plan' } }]);
    expect(meaning('gemini_cli.slash_command', { command: 'stats' })).toMatchObject([
      { type: 'agent.command', payload: { command_name: 'stats' } },
    ]);
    expect(
      meaning('gemini_cli.api_error', { model: 'm', status_code: 429, error_type: 'quota', role: 'main' }),
    ).toMatchObject([{ type: 'api.request', payload: { error_type: '429', input_tokens: 0 } }]);
  });

  it('keeps any other record with what it tells, without what is empty', () => {
    const [other] = meaning('gemini_cli.hook_call', { hook_name: 'lint', duration_ms: '5', seed: null });
    expect(other).toEqual({ type: 'agent.hook_call', payload: { hook_name: 'lint', duration_ms: 5 } });
  });
});
