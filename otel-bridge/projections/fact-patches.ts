import type { AgentEvent, JournalEvent, JsonObject } from '../domain/event.ts';
import { promptRunId } from '../domain/prompt-run.ts';
import { firstOf, numberOf, textOf } from '../domain/values.ts';
import type { FactPatch } from './fact-patch.ts';
import { isHistory } from './history.ts';
import { outcomeOf } from './outcome.ts';
import { runCostPatch } from './run-cost.ts';
import { sumData } from './session-sums.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';
import { spanKey } from './token-levels.ts';
import { type Usage, usageOf } from './usage.ts';
import { commitPatch, pullRequestPatch, taskPatch } from './work-patches.ts';

const TOOL_NAME_KEYS = ['tool_name', 'tool', 'toolName', 'name', 'gen_ai.tool.name'];

/**
 * What an event tells, as patches of facts (domain/fact.ts). One row of the switch per event type; the keys are the
 * identities by which the same fact is known again when it comes through another source.
 */
export function factPatches(
  event: JournalEvent,
  store: ProjectionStore,
  settings: Pick<ProjectionSettings, 'historyAfterMs'>,
): FactPatch[] {
  const { correlation, payload } = event;
  const session = correlation.sessionId;
  const work = workPatches(event);
  if (work !== null) return work.length > 0 ? work : [plainEvent(event)];
  if (session === undefined) return [plainEvent(event)];
  switch (event.type) {
    case 'session.start':
    case 'session.end':
      return [sessionPatch(event, session, isHistory(event, settings))];
    case 'run.start':
    case 'run.end':
      return runPatches(event, session, store);
    case 'prompt':
      return promptPatches(event, session, store);
    case 'span.start':
      return [spanPatch(event, session, store)];
    case 'span.end':
      return [spanPatch(event, session, store), commitPatch(event), pullRequestPatch(event)].filter(
        (patch) => patch !== null,
      );
    case 'compaction':
      return [spanPatch(asCompaction(event), session, store)];
    case 'file.operation':
      return [fileOperationPatch(event, session)];
    case 'refusal':
      return refusalPatches(event);
    case 'api.request':
      return [apiPatch(event, session, store)];
    case 'tool.decision':
      return decisionPatches(event, session, store);
    case 'metric.snapshot': {
      const usage = usageOf(event.source.framework, payload);
      if (usage === null) return [plainEvent(event)];
      return usagePatches(event, session, correlation.runId ?? store.lastRun(session)?.runId ?? null, usage);
    }
    default:
      return [plainEvent(event)];
  }
}

/** What may be told outside of any session; null where the event tells no such thing. */
function workPatches(event: AgentEvent): FactPatch[] | null {
  switch (event.type) {
    case 'task.start':
    case 'task.end':
      return [taskPatch(event), runOfTask(event)].filter((patch) => patch !== null);
    case 'git.commit':
      return [commitPatch(event)].filter((patch) => patch !== null);
    case 'git.pull_request':
      return [pullRequestPatch(event)].filter((patch) => patch !== null);
    default:
      return null;
  }
}

/** The run in which a task was begun is part of that task, and none of its own. */
function runOfTask(event: AgentEvent): FactPatch | null {
  const { sessionId, runId } = event.correlation;
  const taskId = textOf(event.payload.task_id);
  if (sessionId === undefined || runId === undefined || taskId === undefined) return null;
  const data = { task_id: taskId };
  return { key: `run:${sessionId}:${runId}`, kind: 'run', eventType: 'run.end', runId, data, ready: false };
}

/** The sender's word for the task that a run is part of. */
function taskOf({ attributes, payload }: AgentEvent): JsonObject {
  const taskId = firstOf(textOf, ['task_id'], attributes, payload);
  return taskId === undefined ? {} : { task_id: taskId };
}

/** An operation on a file: of the call that did it, where the event names one. */
function fileOperationPatch(event: AgentEvent, session: string): FactPatch {
  const { payload } = event;
  const toolUseId = textOf(payload.tool_use_id);
  if (toolUseId === undefined) return plainEvent(event);
  const { operation, ...told } = payload;
  return {
    key: `tool:${session}:${toolUseId}`,
    kind: 'tool',
    eventType: 'span.end',
    data: { ...told, file_operation: operation },
    ready: false,
  };
}

/** A refusal, and the model call that it answered. */
function refusalPatches(event: AgentEvent): FactPatch[] {
  const requestId = textOf(event.payload.request_id);
  const refusal = plainEvent(event);
  if (requestId === undefined) return [refusal];
  const call: FactPatch = {
    key: `api:${requestId}`,
    kind: 'api',
    eventType: 'api.request',
    runId: event.correlation.runId,
    endMs: event.tsMs,
    data: { refused: true },
    ready: false,
  };
  return [refusal, call];
}

function asCompaction(event: AgentEvent): AgentEvent {
  const payload = { status: 'success', ...event.payload, kind: 'compaction' };
  return { ...event, type: 'span.end', payload };
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

function sessionPatch(event: AgentEvent, session: string, history: boolean): FactPatch {
  const start = event.type === 'session.start';
  // Sums over the session are kept beside each other, one per process.
  const { start_type: startType, models, total_cost_usd, since_ms, ...rest } = event.payload;
  // A session begins once, however often it is taken up again.
  const begun =
    startType === 'resume' || startType === 'continue' ? { resumed: true } : { start_type: startType };
  return {
    key: `session:${session}`,
    kind: 'session',
    eventType: 'session.start',
    startMs: start ? event.tsMs : undefined,
    endMs: start ? undefined : event.tsMs,
    data: { ...rest, ...begun, ...sumData(event.payload, event.tsMs, history) },
    ready: true,
  };
}

function runPatches(event: AgentEvent, session: string, store: ProjectionStore): FactPatch[] {
  const { correlation, payload, tsMs } = event;
  const ended = event.type === 'run.end';
  // An end without an id ends the run that began last.
  const last = ended ? store.lastRun(session)?.runId : undefined;
  const runId = correlation.runId ?? correlation.spanId ?? last ?? undefined;
  if (runId === undefined) return [plainEvent(event)];
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
    data: { ...rest, ...taskOf(event) },
    ready: ended,
  };
  const usage = ended ? usageOf(event.source.framework, payload) : null;
  return usage === null ? [run] : [run, ...usagePatches(event, session, runId, usage)];
}

/**
 * Usage that is told for a whole run, by run.end, by metric.snapshot or by both: once. Its cost is a fact of its own
 * besides, for runs whose calls are told one by one without a cost (run-cost.ts).
 */
function usagePatches(event: AgentEvent, session: string, runId: string | null, usage: Usage): FactPatch[] {
  const whole: FactPatch = {
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
    // The calls of the run may still come one by one: its sum waits for them, whoever tells it.
    waits: true,
  };
  return runId === null || usage.costNanoUsd === null
    ? [whole]
    : [whole, runCostPatch(whole, session, runId)];
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
    data: { implicit_end: true, prompt_source: textOf(payload.prompt_source), ...taskOf(event) },
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
  const id =
    placedCall(event, session, store) ??
    firstOf(textOf, ['tool_use_id', 'tool_call_id', 'call_id'], payload) ??
    correlation.spanId;
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
    waits: payload.complete === false,
  };
}

/** The id of a call whose agent tells none: its fingerprint, and how many like it this origin told before. */
function placedCall(
  { id, origin, payload }: AgentEvent,
  session: string,
  store: ProjectionStore,
): string | undefined {
  const fingerprint = textOf(payload.fingerprint);
  if (fingerprint === undefined) return undefined;
  return `${fingerprint}#${store.ordinal(`call:${session}:${fingerprint}|${origin}`, id)}`;
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
    waits: payload.aggregate === true || payload.sparse === true,
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
    // Who tells of the call itself names the tool.
    waits: name === undefined,
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
    waits: name === undefined,
  };
  return [decision, tool];
}
