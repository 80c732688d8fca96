import type { Correlation, JsonObject } from '../../domain/event.ts';
import type { SpanPayload } from '../../domain/payload.ts';
import { booleanOf, numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import { editedLines } from './edited-lines.ts';
import type { HookMeaning } from './hook-event.ts';
import { madeByCommand } from './made-by-command.ts';
import { toolAction } from './tool-action.ts';
import { toolInput } from './tool-input.ts';
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
        ...editedLines(response),
        ...(ran && status === 'success' ? madeByCommand(commandOf(input), String(response?.stdout)) : {}),
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

function commandOf(input: JsonObject): string {
  return textOf(objectOf(input.tool_input)?.command) ?? '';
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
  const read = toolInput(toolName ?? '', told);
  return present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: textOf(input.tool_use_id),
    action: toolName === undefined ? undefined : toolAction(toolName),
    input_size_bytes: Buffer.byteLength(json),
    summary: read.file_path ?? textOf(told.description) ?? textOf(told.command) ?? textOf(told.query),
    arguments: shortText(json),
    ...read,
    effort: textOf(objectOf(input.effort)?.level),
  });
}

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
