import { numberOf, type OpenClawEvent, present, sizeOf, type Told, textOf, toldOf } from './told.ts';

/** Plugin hooks that are listened to (docs/plugins/hooks.md). `llm_output` comes only where its owner allows it. */
export const PLUGIN_HOOKS = [
  'session_start',
  'session_end',
  'before_tool_call',
  'after_tool_call',
  'model_call_ended',
  'llm_output',
  'subagent_spawned',
  'subagent_ended',
] as const;

const SHELL = /^(?:bash|exec|shell|process)$/;
const FILE = /^(?:read|write|edit|apply_patch|ls|find|grep)$/;

/** What a plugin hook means. Arguments, results and texts stay where they are: their sizes are told. */
export function mapPluginHook(name: string, event: Told, context: Told): OpenClawEvent[] {
  const sessionId =
    textOf(context.sessionKey) ??
    textOf(event.sessionKey) ??
    textOf(event.sessionId) ??
    textOf(context.sessionId);
  switch (name) {
    case 'session_start':
      return [
        {
          type: 'session.start',
          sessionId,
          payload: { start_type: textOf(event.resumedFrom) === undefined ? 'fresh' : 'resume' },
        },
      ];
    case 'session_end':
      return [{ type: 'session.end', sessionId, payload: present({ reason: textOf(event.reason) }) }];
    case 'before_tool_call':
      return [{ type: 'span.start', sessionId, ...toolCall(event, context) }];
    case 'after_tool_call':
      return [{ type: 'span.end', sessionId, ...toolEnded(event, context) }];
    case 'model_call_ended':
      return [modelCall(event, sessionId)];
    case 'llm_output':
      return usage(event, sessionId);
    case 'subagent_spawned':
    case 'subagent_ended':
      return subagent(name, event, sessionId);
    default:
      return [];
  }
}

function toolCall(event: Told, context: Told) {
  const toolName = textOf(event.toolName) ?? textOf(context.toolName);
  const id = textOf(event.toolCallId) ?? textOf(context.toolCallId);
  const action = SHELL.test(toolName ?? '') ? 'shell' : FILE.test(toolName ?? '') ? 'file' : 'other';
  return {
    spanId: id,
    payload: present({
      kind: 'tool',
      tool_name: toolName,
      tool_use_id: id,
      action,
      input_size_bytes: sizeOf(event.params),
    }),
  };
}

function toolEnded(event: Told, context: Told) {
  const call = toolCall(event, context);
  return {
    ...call,
    payload: present({
      ...call.payload,
      status: event.error === undefined || event.error === null ? 'success' : 'failure',
      duration_ms: numberOf(event.durationMs),
      output_size_bytes: sizeOf(event.result),
    }),
  };
}

/** How long the model took. Its tokens come with `llm_output`, or through OpenClaw's own OpenTelemetry. */
function modelCall(event: Told, sessionId: string | undefined): OpenClawEvent {
  return {
    type: 'span.end',
    sessionId,
    spanId: textOf(event.callId),
    payload: present({
      kind: 'model',
      name: textOf(event.model),
      model: textOf(event.model),
      provider: textOf(event.provider),
      status: event.outcome === 'error' ? 'failure' : 'success',
      error_type: textOf(event.failureKind) ?? textOf(event.errorCategory),
      duration_ms: numberOf(event.durationMs),
      ttft_ms: numberOf(event.timeToFirstByteMs),
    }),
  };
}

function usage(event: Told, sessionId: string | undefined): OpenClawEvent[] {
  const told = toldOf(event.usage);
  const tokens = present({
    input_tokens: numberOf(told.input),
    output_tokens: numberOf(told.output),
    cache_read_tokens: numberOf(told.cacheRead),
    cache_creation_tokens: numberOf(told.cacheWrite),
  });
  if (Object.keys(tokens).length === 0) return [];
  const payload = { ...present({ model: textOf(event.model), provider: textOf(event.provider) }), ...tokens };
  return [{ type: 'api.request', sessionId, payload }];
}

/** A sub-agent has a session of its own, below the call that it came from. */
function subagent(name: string, event: Told, parent: string | undefined): OpenClawEvent[] {
  const child = textOf(event.childSessionKey) ?? textOf(event.targetSessionKey);
  const spawned = name === 'subagent_spawned';
  const payload = present({
    kind: 'subagent',
    subagent: textOf(event.label) ?? textOf(event.agentId),
    subagent_id: child,
  });
  const outcome = textOf(event.outcome) ?? 'ok';
  const status = outcome === 'ok' ? 'success' : outcome === 'killed' ? 'cancelled' : 'failure';
  return [
    spawned
      ? {
          type: 'session.start',
          sessionId: child,
          payload: present({ start_type: 'subagent', parent_session_id: parent }),
        }
      : { type: 'session.end', sessionId: child, payload: { reason: outcome } },
    {
      type: spawned ? 'span.start' : 'span.end',
      sessionId: parent,
      spanId: child,
      payload: spawned ? payload : { ...payload, status },
    },
  ];
}
