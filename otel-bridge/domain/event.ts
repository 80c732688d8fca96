/**
 * Glossary. All names in the bridge follow it.
 *
 * - envelope: what a sender posts, the agentmon event, version 1.
 * - event: a decoded envelope, with where it came from. The journal keeps events.
 * - source: code that turns an input into events. Origin: which kind of source an event came through.
 * - fact: one thing that happened (a model request, a tool call, a run), whichever events tell of it.
 * - settle: the moment a fact is counted; its attribution and metric attributes are frozen then.
 * - session, run: a conversation of an agent; one prompt of it up to the answer.
 * - record: a log record, span or metric point that waits in the outbox.
 * - lane: one signal of one kind in the outbox, delivered in order.
 * - target: an OTLP back end that lanes are delivered to.
 */

/** Where an event entered. `telemetry` = the agent's own OTLP, `transcript` = the agent's files on disk. */
export type Origin = 'ingest' | 'hook' | 'telemetry' | 'transcript' | 'import' | 'bridge';

/** True where events are read from what an agent wrote down: they may tell of long ago. */
export function isHistorical(origin: Origin): boolean {
  return origin === 'transcript' || origin === 'import';
}

/** Who speaks: agentmon's `event.source`. */
export interface EventSource {
  /** `claude-code`, `codex`, `openclaw`, ... */
  readonly framework: string;
  readonly clientId?: string | undefined;
  readonly host?: string | undefined;
}

/** agentmon's `correlation`; every id is opaque. */
export interface Correlation {
  readonly sessionId?: string | undefined;
  readonly runId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** Project and agent that the sender's token fixes. They win over everything that an event claims. */
export interface TokenClaims {
  readonly project?: string | undefined;
  readonly agent?: string | undefined;
}

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** An event that a source hands to the journal, already redacted. */
export interface AgentEvent {
  /** Opaque and non-empty; the journal stores an id once. */
  readonly id: string;
  /** `session.start`, `span.end`, `api.request`, ...; unknown types are kept. */
  readonly type: string;
  /** Event time, unix milliseconds, integer. */
  readonly tsMs: number;
  /** Nanoseconds beyond `tsMs` (0 to 999999), 0 where the sender knows milliseconds only. */
  readonly tsNanos: number;
  /** Sender's own sequence number. */
  readonly seq?: number | undefined;
  readonly source: EventSource;
  readonly correlation: Correlation;
  readonly attributes: JsonObject;
  readonly payload: JsonObject;
  readonly origin: Origin;
  readonly claims?: TokenClaims | undefined;
}

/** An event as the journal keeps it. */
export interface JournalEvent extends AgentEvent {
  /** Position in the journal, rising, without meaning beyond order. */
  readonly journalSeq: number;
  /** When the bridge took it, unix milliseconds. */
  readonly receivedMs: number;
}

/** Event types of agentmon. */
export const AGENTMON_EVENT_TYPES = [
  'session.start',
  'session.end',
  'run.start',
  'run.end',
  'span.start',
  'span.end',
  'error',
  'metric.snapshot',
  'openclaw.snapshot',
] as const;

/** Event types that agent-monitor adds. */
export const ADDED_EVENT_TYPES = [
  'task.start',
  'task.end',
  'prompt',
  'api.request',
  'tool.decision',
  'compaction',
  'context.snapshot',
  'state.snapshot',
  'file.operation',
  'git.commit',
  'git.pull_request',
  'mode.change',
  'rate_limit',
  'active_time',
  'refusal',
  'token.attribution',
  'egress.request',
  'guardrail.violation',
  'vm.snapshot',
  'container.snapshot',
  'feedback',
] as const;
