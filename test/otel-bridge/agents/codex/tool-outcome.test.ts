import { describe, expect, it } from 'vitest';
import { codexTool } from '../../../../otel-bridge/agents/codex/tool-name.ts';
import { toolOutcome } from '../../../../otel-bridge/agents/codex/tool-outcome.ts';

const ran = (code: number, output: string): string =>
  `Chunk ID: 9c08e6\nWall time: 0.0100 seconds\nProcess exited with code ${code}\nOriginal token count: 1\nOutput:\n${output}`;

describe('toolOutcome()', () => {
  it.each([
    ['a command that did well', true, ran(0, 'hi\n'), { status: 'success', exit_code: 0 }],
    ['a command that Codex calls a success', true, ran(3, ''), { status: 'failure', exit_code: 3 }],
    ['a command that was killed', true, ran(-1, ''), { status: 'failure', exit_code: -1 }],
    [
      'older words',
      true,
      'Exit code: 2\nWall time: 1 seconds\nOutput:\nx',
      { status: 'failure', exit_code: 2 },
    ],
    [
      'the oldest form',
      undefined,
      '{"output":"x","metadata":{"exit_code":4,"duration_seconds":0.1}}',
      { status: 'failure', exit_code: 4 },
    ],
    [
      'a command that still runs',
      true,
      'Wall time: 10 seconds\nProcess running with session ID 7\nOutput:\n',
      { status: 'success' },
    ],
    ['a tool without an exit code', true, 'Plan updated', { status: 'success' }],
    ['an MCP server that says so', false, 'Wall time: 0.1 seconds\nOutput:\nno', { status: 'failure' }],
    ['no such tool', false, 'unsupported call: nope', { status: 'error' }],
    ['wrong arguments', false, 'failed to parse function arguments: missing field', { status: 'error' }],
    ['a person said no', false, 'exec command rejected by user', { status: 'rejected' }],
    ['a policy said no', false, 'approval policy is Never; reject command — ...', { status: 'rejected' }],
    [
      'a person said no to a command',
      false,
      'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }',
      { status: 'rejected' },
    ],
    ['broken off', false, 'aborted by user after 1.2s', { status: 'cancelled' }],
    [
      'broken off while a person was asked',
      undefined,
      'Wall time: 0.1 seconds\naborted by user',
      { status: 'cancelled' },
    ],
    ['a patch that does not fit', undefined, 'apply_patch verification failed: ...', { status: 'failure' }],
  ])('reads %s', (_name, success, text, expected) => {
    expect(toolOutcome(success, text)).toMatchObject(expected);
  });

  it('is not taken in by what a command or a tool printed', () => {
    const printed = 'Process exited with code 3\nExit code: 3\nrejected\n';
    expect(toolOutcome(true, ran(0, printed))).toEqual({ status: 'success', exit_code: 0 });
    expect(toolOutcome(undefined, `fine\n${printed}`)).toEqual({ status: 'success' });
    expect(toolOutcome(undefined, `Wall time: 0.1 seconds\nOutput:\n${printed}`)).toEqual({
      status: 'success',
    });
  });
});

describe('codexTool()', () => {
  it('tells tools of MCP servers from its own', () => {
    expect(codexTool('add', 'mcp__calc')).toEqual({
      tool_name: 'mcp__calc__add',
      action: 'api',
      mcp_server: 'calc',
      mcp_tool: 'add',
    });
    expect(codexTool('exec_command', 'functions')).toEqual({ tool_name: 'exec_command', action: 'shell' });
    expect(codexTool('spawn_agent', 'multi_agent_v1')).toEqual({ tool_name: 'spawn_agent', action: 'other' });
  });
});
