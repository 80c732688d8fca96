import type { Correlation, JsonObject } from '../../domain/event.ts';
import type { SpanPayload } from '../../domain/payload.ts';
import { booleanOf, numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { HookMeaning } from './hook-event.ts';
import { toolAction } from './tool-action.ts';
import { failedToolOutcome } from './tool-outcome.ts';
import { shortText } from './transcript-events.ts';

/** `PreToolUse`: a tool call begins. Calls are told apart by their id, never by the name of the tool. */
export function toolStarted(input: JsonObject): HookMeaning {
  return {
    type: 'span.start',
    correlation: callOf(input),
    payload: { ...toolCall(input) },
  };
}

/** `PostToolUse`: the tool ran and did well, unless somebody stopped it. */
export function toolSucceeded(input: JsonObject): HookMeaning[] {
  const toolUseId = textOf(input.tool_use_id);
  const response = objectOf(input.tool_response);
  const ran = typeof response?.stdout === 'string';
  const status = response?.interrupted === true ? 'cancelled' : 'success';
  const ended: HookMeaning = {
    type: 'span.end',
    correlation: callOf(input),
    payload: {
      ...toolCall(input),
      ...present({
        status,
        exit_code: ran && status === 'success' ? 0 : undefined,
        duration_ms: numberOf(input.duration_ms),
        ...output(input.tool_response),
        ...linesOf(response),
      }),
    },
  };
  const agentId = textOf(response?.agentId);
  if (agentId === undefined || toolUseId === undefined) return [ended];
  // Only here it is said which call a sub-agent came from.
  const subagent: HookMeaning = {
    type: 'span.start',
    part: 'subagent',
    correlation: { spanId: agentId, parentSpanId: toolUseId },
    payload: {
      kind: 'subagent',
      ...present({ subagent: textOf(response?.agentType) }),
      subagent_id: agentId,
    },
  };
  return [ended, subagent];
}

/** `PostToolUseFailure`: the tool ran and failed, was stopped, or could not be called. */
export function toolFailed(input: JsonObject): HookMeaning {
  const error = textOf(input.error) ?? '';
  const interrupted = booleanOf(input.is_interrupt) === true;
  return {
    type: 'span.end',
    correlation: callOf(input),
    payload: {
      ...toolCall(input),
      ...present({
        ...(interrupted ? { status: 'cancelled' } : failedToolOutcome(error)),
        duration_ms: numberOf(input.duration_ms),
        ...output(error),
      }),
    },
  };
}

/** How Claude Code tells the model that a call was not allowed: no hook follows on it. */
const NOT_ALLOWED = /^(?:Claude requested permissions |The user doesn't want to proceed |Permission to use )/;

/** `PostToolBatch`: the results of calls that the model asked for at once go back to it. */
export function toolBatch(input: JsonObject): HookMeaning[] {
  const told: unknown[] = Array.isArray(input.tool_calls) ? input.tool_calls : [];
  const calls = told.map(objectOf).filter((call) => call !== undefined);
  const note = {
    type: 'agent.tool_batch',
    payload: { tool_use_ids: calls.flatMap((call) => textOf(call.tool_use_id) ?? []) },
  };
  const rejected = calls
    .filter(({ tool_response }) => typeof tool_response === 'string' && NOT_ALLOWED.test(tool_response))
    .map((call, index): HookMeaning => {
      const said = { ...input, ...call };
      return {
        type: 'span.end',
        part: `rejected-${index}`,
        correlation: callOf(said),
        payload: { ...toolCall(said), status: 'rejected' },
      };
    });
  return [note, ...rejected];
}

/** A call of a sub-agent is part of what the sub-agent did. */
function callOf(input: JsonObject): Partial<Correlation> {
  return { spanId: textOf(input.tool_use_id), parentSpanId: textOf(input.agent_id) };
}

/** What is known of a call from its beginning on. */
function toolCall(input: JsonObject): SpanPayload & JsonObject {
  const toolName = textOf(input.tool_name);
  const told = objectOf(input.tool_input) ?? {};
  const json = JSON.stringify(told);
  const [, mcpServer, mcpTool] = /^mcp__(.+?)__(.+)$/.exec(toolName ?? '') ?? [];
  const filePath = textOf(told.file_path) ?? textOf(told.notebook_path) ?? textOf(told.path);
  return present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: textOf(input.tool_use_id),
    action: toolName === undefined ? undefined : toolAction(toolName),
    input_size_bytes: Buffer.byteLength(json),
    summary: filePath ?? textOf(told.description) ?? textOf(told.command) ?? textOf(told.query),
    arguments: shortText(json),
    file_path: filePath,
    file_operation: toolName === undefined ? undefined : FILE_OPERATIONS[toolName],
    mcp_server: mcpServer,
    mcp_tool: mcpTool,
    skill: toolName === 'Skill' ? (textOf(told.skill) ?? textOf(told.command)) : undefined,
    effort: textOf(objectOf(input.effort)?.level),
  });
}

const FILE_OPERATIONS: Readonly<Record<string, NonNullable<SpanPayload['file_operation']>>> = {
  Read: 'read',
  NotebookRead: 'read',
  Write: 'write',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Glob: 'search',
  Grep: 'search',
};

function output(response: unknown): JsonObject {
  if (response === undefined || response === null) return {};
  const shell = objectOf(response);
  const text =
    typeof response === 'string'
      ? response
      : typeof shell?.stdout === 'string'
        ? [shell.stdout, textOf(shell.stderr)].filter((part) => part !== undefined && part !== '').join('\n')
        : JSON.stringify(response);
  return { output_size_bytes: Buffer.byteLength(text), output: shortText(text) };
}

/** Lines that an edit added and removed, from the patch that Claude Code answers with. */
function linesOf(
  response: JsonObject | undefined,
): Pick<SpanPayload, 'file_operation' | 'lines_added' | 'lines_removed'> {
  if (response === undefined || !Array.isArray(response.structuredPatch)) return {};
  if (response.type === 'create') {
    const content = typeof response.content === 'string' ? response.content : '';
    return { file_operation: 'create', lines_added: lineCount(content), lines_removed: 0 };
  }
  const lines = response.structuredPatch.flatMap((hunk): unknown[] => {
    const told = objectOf(hunk)?.lines;
    return Array.isArray(told) ? told : [];
  });
  const starting = (sign: string): number =>
    lines.filter((line) => typeof line === 'string' && line.startsWith(sign)).length;
  return { lines_added: starting('+'), lines_removed: starting('-') };
}

function lineCount(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
