import type { JsonObject } from '../../domain/event.ts';
import { entryOf, present, textOf } from '../../domain/values.ts';
import type { HookAdapter } from '../hook-adapter.ts';
import { CLAUDE_CODE } from './framework.ts';
import { type HookMeaning, hookEvent } from './hook-event.ts';
import { note } from './hook-notes.ts';
import { toolBatch, toolFailed, toolStarted, toolSucceeded } from './hook-tool.ts';
import { isTaskNotification } from './prompt-line.ts';
import { shortText } from './transcript-events.ts';

type Meaning = (input: JsonObject) => HookMeaning | readonly HookMeaning[];

/** Hooks with a meaning of their own, by name (code.claude.com/docs/en/hooks). Any other is a note. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  SessionStart: sessionStart,
  SessionEnd: sessionEnd,
  UserPromptSubmit: userPrompt,
  PreToolUse: toolStarted,
  PostToolUse: toolSucceeded,
  PostToolUseFailure: toolFailed,
  PostToolBatch: toolBatch,
  PermissionDenied: permissionDenied,
  SubagentStart: (input) => subagent(input, 'span.start'),
  SubagentStop: (input) => subagent(input, 'span.end'),
  Stop: (input) => runEnd(input, { status: 'success' }),
  StopFailure: (input) => runEnd(input, { status: 'error', ...present({ error_type: textOf(input.error) }) }),
  PreCompact: ({ trigger }) => ({
    type: 'agent.compact_start',
    payload: present({ trigger: textOf(trigger) }),
  }),
  PostCompact: postCompact,
  // A line of the screen, many times a second.
  MessageDisplay: () => [],
};

/** Claude Code's hooks (2.1.x), whichever way they come: over HTTP, or through the command that posts them. */
export const claudeCodeHooks: HookAdapter = {
  framework: CLAUDE_CODE,
  toEvents(input, context) {
    const name = textOf(input.hook_event_name);
    if (name === undefined || textOf(input.session_id) === undefined) return [];
    const meaning = entryOf(MEANINGS, name)?.(input);
    const meanings = [meaning ?? note(name, input)].flat();
    return meanings.map((each) => hookEvent(input, context, each));
  },
};

/** Sessions begin and end outside of runs; the prompt that Claude Code names there is none that anybody asked. */
const NO_RUN = { runId: undefined };
const START_TYPES: Readonly<Record<string, string>> = { startup: 'fresh' };

function sessionStart(input: JsonObject): HookMeaning {
  const source = textOf(input.source);
  return {
    type: 'session.start',
    correlation: NO_RUN,
    payload: present({
      start_type: source === undefined ? undefined : (entryOf(START_TYPES, source) ?? source),
      model: textOf(input.model),
    }),
  };
}

function sessionEnd({ reason }: JsonObject): HookMeaning {
  return { type: 'session.end', correlation: NO_RUN, payload: present({ reason: textOf(reason) }) };
}

function userPrompt(input: JsonObject): HookMeaning {
  const prompt = typeof input.prompt === 'string' ? input.prompt : undefined;
  return {
    type: 'prompt',
    payload: present({
      prompt_id: textOf(input.prompt_id),
      prompt_source: prompt !== undefined && isTaskNotification(prompt) ? 'system' : undefined,
      length: prompt?.length,
      text: prompt === undefined ? undefined : shortText(prompt),
    }),
  };
}

/** Auto mode would not let a call happen. */
function permissionDenied(input: JsonObject): HookMeaning {
  const toolUseId = textOf(input.tool_use_id);
  return {
    type: 'tool.decision',
    correlation: { spanId: toolUseId },
    payload: present({
      tool_name: textOf(input.tool_name),
      tool_use_id: toolUseId,
      decision: 'reject',
      decision_source: 'auto_mode',
      text: textOf(input.reason),
    }),
  };
}

/** Claude Code's own side questions (for a compaction, say) end like sub-agents, without a type. */
function subagent(input: JsonObject, type: 'span.start' | 'span.end'): HookMeaning | [] {
  if (textOf(input.agent_type) === undefined) return [];
  return {
    type,
    correlation: { spanId: textOf(input.agent_id) },
    payload: { kind: 'subagent', ...(type === 'span.end' ? { status: 'success' } : {}) },
  };
}

/** What still runs in the background tells "done" from "waiting". */
function runEnd(input: JsonObject, payload: JsonObject): HookMeaning {
  const waitsFor = Array.isArray(input.background_tasks) ? input.background_tasks.length : 0;
  return {
    type: 'run.end',
    payload: { ...payload, ...(waitsFor > 0 ? { background_tasks: waitsFor } : {}) },
  };
}

/** The compaction itself is counted by the transcript, which knows the sizes. */
function postCompact(input: JsonObject): HookMeaning {
  const summary = textOf(input.compact_summary);
  return {
    type: 'agent.compact_end',
    payload: present({
      trigger: textOf(input.trigger),
      output_size_bytes: summary === undefined ? undefined : Buffer.byteLength(summary),
    }),
  };
}
