import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { entryOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { HookAdapter, HookContext } from '../hook-adapter.ts';
import { CODEX } from './framework.ts';
import { codexTool } from './tool-name.ts';
import { shortText } from './transcript-events.ts';

/** What one firing means, without what every event of a hook has in common. */
interface HookMeaning {
  readonly type: string;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
  /** Set where two hooks tell the same: then it is told once. */
  readonly identity?: string;
}

/** Hooks by name (codex-rs/hooks/src/schema.rs). Any other tells nothing. */
const MEANINGS: Readonly<Record<string, (input: JsonObject) => HookMeaning>> = {
  SessionStart: ({ source, model }) => ({
    type: 'session.start',
    payload: present({ start_type: startType(textOf(source)), model: textOf(model) }),
  }),
  SessionEnd: ({ reason }) => ({ type: 'session.end', payload: present({ reason: textOf(reason) }) }),
  UserPromptSubmit: (input) => prompt(input, textOf(input.prompt) ?? ''),
  PreToolUse: (input) => ({ type: 'span.start', correlation: callOf(input), payload: toolCall(input) }),
  PostToolUse: toolEnded,
  PermissionRequest: (input) => ({
    type: 'agent.permission_request',
    payload: present({ tool_name: toolOf(input)?.tool_name }),
  }),
  PreCompact: ({ trigger }) => ({
    type: 'agent.compact_start',
    payload: present({ trigger: textOf(trigger) }),
  }),
  PostCompact: ({ trigger }) => ({
    type: 'agent.compact_end',
    payload: present({ trigger: textOf(trigger) }),
  }),
  SubagentStart: (input) => ({
    type: 'session.start',
    payload: { start_type: 'subagent', ...present({ parent_session_id: textOf(input.session_id) }) },
  }),
  SubagentStop: (input) => runEnd(input, 'success'),
  Stop: (input) => runEnd(input, 'success'),
  Interrupt: (input) => runEnd(input, 'cancelled'),
};

/**
 * Codex's hooks, and its `notify`, which older versions have alone. They name turns, which nothing else does: what belongs
 * to which run follows from the order, as with telemetry.
 */
export const codexHooks: HookAdapter = {
  framework: CODEX,
  toEvents(input, context) {
    if (input.type === 'agent-turn-complete') return notified(input, context);
    const name = textOf(input.hook_event_name) ?? '';
    const meaning = entryOf(MEANINGS, name)?.(input);
    return meaning === undefined || sessionOf(input) === undefined
      ? []
      : [hookEvent(input, context, meaning)];
  },
};

/** A sub-agent is a thread of its own; the hooks of its inside name that of its parent beside it. */
function sessionOf(input: JsonObject): string | undefined {
  return textOf(input.agent_id) ?? textOf(input.session_id);
}

function hookEvent(input: JsonObject, context: HookContext, meaning: HookMeaning): AgentEvent {
  const { host, attributes, claims } = context;
  return {
    id: `${CODEX}:hook:${meaning.identity ?? context.id}`,
    type: meaning.type,
    tsMs: context.firedMs,
    tsNanos: 0,
    source: { framework: CODEX, ...(host === undefined ? {} : { host }) },
    correlation: present<Correlation>({ sessionId: sessionOf(input), ...meaning.correlation }),
    attributes: { ...attributes, ...present({ cwd: textOf(input.cwd) }) },
    payload: {
      ...meaning.payload,
      ...present({
        turn_id: textOf(input.turn_id),
        permission_mode: textOf(input.permission_mode),
        subagent: textOf(input.agent_type),
        subagent_id: textOf(input.agent_id),
      }),
    },
    origin: 'hook',
    ...(claims === undefined ? {} : { claims }),
  };
}

/** `notify`: a turn is over. With it begins what no hook told of. */
function notified(input: JsonObject, context: HookContext): AgentEvent[] {
  const messages = Array.isArray(input['input-messages']) ? input['input-messages'] : [];
  const hook: JsonObject = {
    session_id: input['thread-id'],
    turn_id: input['turn-id'],
    cwd: input.cwd,
  };
  if (sessionOf(hook) === undefined) return [];
  return [
    hookEvent(hook, context, prompt(hook, messages.filter((text) => typeof text === 'string').join('\n'))),
    hookEvent(hook, context, runEnd(hook, 'success')),
  ];
}

function prompt(input: JsonObject, text: string): HookMeaning {
  return {
    type: 'prompt',
    // As Codex counts: characters, not UTF-16 units.
    payload: { length: [...text].length, text: shortText(text) },
    ...ofTurn('prompt', input),
  };
}

function runEnd(input: JsonObject, status: string): HookMeaning {
  return { type: 'run.end', payload: { status }, ...ofTurn('end', input) };
}

/** A turn has one prompt and one end, whether hooks or `notify` tell of them. */
function ofTurn(part: string, input: JsonObject): Pick<HookMeaning, 'identity'> {
  const turn = textOf(input.turn_id);
  return turn === undefined ? {} : { identity: `${part}:${sessionOf(input)}:${turn}` };
}

/** Codex says in none of its hooks whether a tool did well: that is for its telemetry and transcripts to tell. */
function toolEnded(input: JsonObject): HookMeaning {
  const response = input.tool_response;
  const output = typeof response === 'string' ? response : JSON.stringify(response ?? '');
  return {
    type: 'span.end',
    correlation: callOf(input),
    payload: {
      ...toolCall(input),
      output_size_bytes: Buffer.byteLength(output),
      output: shortText(output),
    },
  };
}

function toolCall(input: JsonObject): JsonObject {
  const told = objectOf(input.tool_input) ?? {};
  const json = JSON.stringify(told);
  return {
    kind: 'tool',
    ...toolOf(input),
    ...present({ tool_use_id: textOf(input.tool_use_id), summary: textOf(told.command) }),
    input_size_bytes: Buffer.byteLength(json),
    arguments: shortText(json),
  };
}

function callOf(input: JsonObject): Partial<Correlation> {
  return { spanId: textOf(input.tool_use_id) };
}

/** Hooks call the shell `Bash` and write namespaces before names; telemetry and transcripts know the names alone. */
function toolOf(input: JsonObject): ReturnType<typeof codexTool> | undefined {
  const name = textOf(input.tool_name);
  if (name === undefined) return undefined;
  if (name === 'Bash') return codexTool('exec_command', undefined);
  const [, namespace, tool] = /^(mcp__.+?)__(.+)$/.exec(name) ?? [];
  return tool === undefined
    ? codexTool(name.replace(/^multi_agent_v\d+/, ''), undefined)
    : codexTool(tool, namespace);
}

function startType(source: string | undefined): string | undefined {
  return source === 'startup' ? 'fresh' : source;
}
