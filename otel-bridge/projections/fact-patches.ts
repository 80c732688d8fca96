import type { AgentEvent } from '../domain/event.ts';
import type { Outcome } from '../domain/fact.ts';
import { promptRunId } from '../domain/prompt-run.ts';
import { firstOf, numberOf, textOf } from '../domain/values.ts';
import type { FactPatch } from './fact-patch.ts';
import type { ProjectionStore } from './store.ts';
import { spanKey } from './token-levels.ts';
import { type Usage, usageOf } from './usage.ts';

const TOOL_NAME_KEYS = ['tool_name', 'tool', 'toolName', 'name', 'gen_ai.tool.name'];

/**
 * What an event tells, as patches of facts (domain/fact.ts). One row of the switch per event type; the keys are the
 * identities by which the same fact is known again when it comes through another source.
 */
export function factPatches(event: AgentEvent, store: ProjectionStore): FactPatch[] {
  const { correlation, payload } = event;
  const session = correlation.sessionId;
  if (session === undefined) return [plainEvent(event)];
  switch (event.type) {
    case 'session.start':
    case 'session.end':
      return [sessionPatch(event, session)];
    case 'run.start':
    case 'run.end':
      return runPatches(event, session);
    case 'prompt':
      return promptPatches(event, session, store);
    case 'span.start':
    case 'span.end':
      return [spanPatch(event, session, store)];
    case 'api.request':
      return [apiPatch(event, session, store)];
    case 'tool.decision':
      return decisionPatches(event, session, store);
    case 'metric.snapshot': {
      const usage = usageOf(event.source.framework, payload);
      if (usage === null) return [plainEvent(event)];
      return [usagePatch(event, session, correlation.runId ?? store.lastRun(session)?.runId ?? null, usage)];
    }
    default:
      return [plainEvent(event)];
  }
}

/** Anything that is known from this one event alone. */
function plainEvent(event: AgentEvent): FactPatch {
  return {
    key: `event:${event.id}`,
    kind: 'event',
    eventType: event.type,
    runId: event.correlation.runId,
    parentSpanId: event.correlation.parentSpanId,
    traceId: event.correlation.traceId,
    startMs: event.tsMs,
    endMs: event.tsMs,
    outcome: event.type === 'error' ? 'error' : 'unknown',
    data: { ...event.attributes, ...event.payload },
    ready: true,
  };
}

function sessionPatch(event: AgentEvent, session: string): FactPatch {
  const start = event.type === 'session.start';
  return {
    key: `session:${session}`,
    kind: 'session',
    eventType: 'session.start',
    startMs: start ? event.tsMs : undefined,
    endMs: start ? undefined : event.tsMs,
    data: event.payload,
    ready: true,
  };
}

function runPatches(event: AgentEvent, session: string): FactPatch[] {
  const { correlation, payload, tsMs } = event;
  const runId = correlation.runId ?? correlation.spanId;
  if (runId === undefined) return [plainEvent(event)];
  const ended = event.type === 'run.end';
  const { usage: _usage, ...rest } = payload;
  const run: FactPatch = {
    key: `run:${session}:${runId}`,
    kind: 'run',
    eventType: 'run.end',
    runId,
    traceId: correlation.traceId,
    startMs: ended ? undefined : tsMs,
    endMs: ended ? tsMs : undefined,
    durationMs: ended ? numberOf(payload.duration_ms) : undefined,
    outcome: ended ? outcomeOf(payload) : undefined,
    data: rest,
    ready: ended,
  };
  const usage = ended ? usageOf(event.source.framework, payload) : null;
  return usage === null ? [run] : [run, usagePatch(event, session, runId, usage)];
}

/** Usage that is told for a whole run, by run.end, by metric.snapshot or by both: once. */
function usagePatch(event: AgentEvent, session: string, runId: string | null, usage: Usage): FactPatch {
  return {
    key: runId === null ? `usage:${session}:event:${event.id}` : `usage:${session}:${runId}`,
    kind: 'usage',
    eventType: event.type,
    runId: runId ?? undefined,
    startMs: event.tsMs,
    endMs: event.tsMs,
    name: firstOf(textOf, ['model'], event.payload, event.attributes),
    usage,
    outcome: 'success',
    data: {},
    ready: true,
  };
}

/** A prompt begins a run; agents that never say when a run ends get its end from what follows (see project-event.ts). */
function promptPatches(event: AgentEvent, session: string, store: ProjectionStore): FactPatch[] {
  const { correlation, payload, tsMs } = event;
  const runId = correlation.runId ?? textOf(payload.prompt_id) ?? placedRun(event, session, store);
  const prompt: FactPatch = {
    key: runId === undefined ? `prompt:event:${event.id}` : `prompt:${session}:${runId}`,
    kind: 'prompt',
    eventType: 'prompt',
    runId,
    startMs: tsMs,
    endMs: tsMs,
    outcome: 'success',
    data: payload,
    ready: true,
  };
  if (runId === undefined) return [prompt];
  const run: FactPatch = {
    key: `run:${session}:${runId}`,
    kind: 'run',
    eventType: 'run.end',
    runId,
    startMs: tsMs,
    data: { implicit_end: true },
    ready: false,
  };
  return [prompt, run];
}

/** The run of a prompt whose teller knows no id of it (see `promptRunId`). */
function placedRun(
  { id, origin, payload }: AgentEvent,
  session: string,
  store: ProjectionStore,
): string | undefined {
  const length = numberOf(payload.length);
  if (length === undefined) return undefined;
  return promptRunId(length, store.ordinal(`prompt:${session}:${length}|${origin}`, id));
}

function spanPatch(event: AgentEvent, session: string, store: ProjectionStore): FactPatch {
  const { correlation, payload, attributes, tsMs } = event;
  const ended = event.type === 'span.end';
  const toolName = firstOf(textOf, TOOL_NAME_KEYS, payload, attributes);
  const kind =
    firstOf(textOf, ['kind', 'span_kind'], payload, attributes) ??
    (toolName === undefined ? 'other' : 'tool');
  const id = firstOf(textOf, ['tool_use_id', 'tool_call_id', 'call_id'], payload) ?? correlation.spanId;
  const durationMs = ended
    ? firstOf(numberOf, ['duration_ms', 'durationMs'], payload, attributes)
    : undefined;
  return {
    key:
      id === undefined ? `span:event:${event.id}` : `${kind === 'tool' ? 'tool' : 'span'}:${session}:${id}`,
    kind: kind === 'tool' ? 'tool' : 'span',
    eventType: 'span.end',
    runId: correlation.runId ?? store.lastRun(session)?.runId ?? undefined,
    parentSpanId: correlation.parentSpanId,
    traceId: correlation.traceId,
    startMs: ended ? (durationMs === undefined ? undefined : tsMs - durationMs) : tsMs,
    endMs: ended ? tsMs : undefined,
    durationMs,
    name: toolName ?? kind,
    outcome: ended ? outcomeOf({ ...attributes, ...payload }) : undefined,
    data: { span_id: id ?? event.id, kind, ...attributes, ...payload },
    ready: ended,
  };
}

function apiPatch(event: AgentEvent, session: string, store: ProjectionStore): FactPatch {
  const { correlation, payload, tsMs } = event;
  const model = textOf(payload.model);
  const errorType = textOf(payload.error_type);
  const durationMs = numberOf(payload.duration_ms);
  return {
    key: apiKey(event, session, store),
    kind: 'api',
    eventType: 'api.request',
    runId: correlation.runId ?? store.lastRun(session)?.runId ?? undefined,
    parentSpanId: correlation.parentSpanId,
    traceId: correlation.traceId,
    startMs: durationMs === undefined ? undefined : tsMs - durationMs,
    endMs: tsMs,
    durationMs,
    name: model,
    outcome: errorType === undefined ? 'success' : 'error',
    usage: usageOf('', payload) ?? undefined,
    data: payload,
    ready: true,
    provisional: payload.complete === false,
    waits: payload.aggregate === true,
  };
}

/**
 * Identity of a model call: the provider's request id, else the span that tells of it. Where there is none, the n-th call of a session with
 * these token counts that one origin tells is the n-th such call that another tells.
 */
function apiKey(event: AgentEvent, session: string, store: ProjectionStore): string {
  const requestId = textOf(event.payload.request_id);
  if (requestId !== undefined) return `api:${requestId}`;
  const { payload } = event;
  const { traceId, spanId } = event.correlation;
  if (traceId !== undefined && spanId !== undefined) return spanKey(traceId, spanId);
  const usage = usageOf('', payload);
  if (usage === null) return `api:event:${event.id}`;
  const tokens = [
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheCreationTokens,
  ].join('/');
  const fingerprint = `api:${session}:${textOf(payload.model) ?? ''}:${tokens}`;
  // A transcript tells one message on several lines: they share the message's place.
  const name = textOf(payload.message_id) ?? event.id;
  return `${fingerprint}#${store.ordinal(`${fingerprint}|${event.origin}`, name)}`;
}

function decisionPatches(event: AgentEvent, session: string, store: ProjectionStore): FactPatch[] {
  const { correlation, payload, tsMs } = event;
  const toolUseId = textOf(payload.tool_use_id) ?? correlation.spanId;
  const name = firstOf(textOf, TOOL_NAME_KEYS, payload);
  const runId = correlation.runId ?? store.lastRun(session)?.runId ?? undefined;
  const rejected = payload.decision === 'reject';
  const decision: FactPatch = {
    key: toolUseId === undefined ? `decision:event:${event.id}` : `decision:${session}:${toolUseId}`,
    kind: 'decision',
    eventType: 'tool.decision',
    runId,
    startMs: tsMs,
    endMs: tsMs,
    name,
    outcome: rejected ? 'rejected' : 'success',
    data: payload,
    ready: true,
  };
  if (!rejected || toolUseId === undefined) return [decision];
  // A rejected call never runs: nothing else tells that it ended.
  const tool: FactPatch = {
    key: `tool:${session}:${toolUseId}`,
    kind: 'tool',
    eventType: 'span.end',
    runId,
    startMs: tsMs,
    endMs: tsMs,
    name,
    outcome: 'rejected',
    data: { span_id: toolUseId, kind: 'tool' },
    ready: true,
  };
  return [decision, tool];
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  success: 'success',
  ok: 'success',
  completed: 'success',
  true: 'success',
  failure: 'failure',
  failed: 'failure',
  error: 'error',
  rejected: 'rejected',
  denied: 'rejected',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  aborted: 'cancelled',
  timeout: 'failure',
  false: 'failure',
};

/** Outcome of what ended, from `status`, `success`, `error` or the exit code. */
export function outcomeOf(payload: Readonly<Record<string, unknown>>): Outcome {
  const exitCode = numberOf(payload.exit_code);
  const status =
    textOf(payload.status)?.toLowerCase() ??
    (payload.success === undefined ? undefined : String(payload.success));
  const stated = status === undefined ? undefined : OUTCOMES[status];
  if (exitCode !== undefined && exitCode !== 0 && (stated === undefined || stated === 'success'))
    return 'failure';
  if (stated !== undefined) return stated;
  if (textOf(payload.error) !== undefined || textOf(payload.error_type) !== undefined) return 'error';
  return exitCode === 0 ? 'success' : 'unknown';
}
