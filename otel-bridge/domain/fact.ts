import type { JsonObject, Origin } from './event.ts';

/**
 * Kinds of facts. `event` = anything that has no identity beyond its event (errors, snapshots, unknown types).
 * `tally` = a sum that several tellers tell of one session, each in its own steps (projections/tally.ts).
 */
export type FactKind =
  | 'session'
  | 'run'
  | 'api'
  | 'tool'
  | 'usage'
  | 'prompt'
  | 'decision'
  | 'span'
  | 'task'
  | 'commit'
  | 'pull_request'
  | 'tally'
  | 'event';

/**
 * Whether a fact may be counted.
 * `open`: its end is not known yet. `ready`: it is whole. `counted`: it settled and counters moved (or it is history).
 */
export type FactState = 'open' | 'ready' | 'counted';

/** How a fact ended. `abandoned` exists in the read model only. */
export type Outcome = 'success' | 'failure' | 'error' | 'rejected' | 'cancelled' | 'unknown';

/** One thing that happened, merged from all events that tell of it. */
export interface Fact {
  /** Identity across sources, for instance `tool:<session>:<tool use id>`. */
  readonly key: string;
  readonly kind: FactKind;
  readonly sessionId: string | null;
  readonly runId: string | null;
  readonly parentSpanId: string | null;
  readonly traceId: string | null;
  /** Type of the event that its log record is named after. */
  readonly eventType: string;
  /** Start, unix ms; null while only the end is known. */
  readonly startMs: number | null;
  /** End, unix ms; null while open. Facts of one moment have startMs = endMs. */
  readonly endMs: number | null;
  /** Nanoseconds beyond the millisecond of the fact's own time. */
  readonly tsNanos: number;
  /** Tool name, model name, span name; null where none applies. */
  readonly name: string | null;
  readonly outcome: Outcome;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  /** Cost in nano-dollars; null = unknown. */
  readonly costNanoUsd: number | null;
  readonly costSource: 'reported' | 'computed' | null;
  readonly durationMs: number | null;
  /** Everything else that is known, payload keys as in domain/payload.ts. */
  readonly data: JsonObject;
  /** Which origin was the first to tell of it, per event type. Log records follow that origin alone. */
  readonly origins: Readonly<Record<string, Origin>>;
  readonly state: FactState;
  /** When it settles, unix ms; null while open or counted. */
  readonly dueMs: number | null;
  /** True when it was older than the history limit when first received: counters leave it out. */
  readonly history: boolean;
  readonly firstReceivedMs: number;
  /** Journal position of the event that created it. */
  readonly firstJournalSeq: number;
}
