import type { JournalEvent } from './event.ts';
import type { Fact, Outcome } from './fact.ts';
import type { GuardLoad } from './guardrail.ts';
import type { SampledThing } from './sample.ts';

/** Sums over facts. Money is integer nano-dollars. */
export interface UsageTotals {
  /** Distinct sessions with anything in the range. */
  readonly sessions: number;
  readonly runs: number;
  /** Tool calls that ended. */
  readonly toolCalls: number;
  /** What people asked for, once it ended. */
  readonly tasks: number;
  /** Those of them that failed. */
  readonly tasksFailed: number;
  readonly linesAdded: number;
  readonly linesRemoved: number;
  readonly commits: number;
  readonly pullRequests: number;
  /** Failed tool calls, failed model requests and events of type `error`. */
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  /** Sum of the costs that are known; null where tokens were used and no cost is known. */
  readonly costNanoUsd: number | null;
  /** The part of `costNanoUsd` that was computed from list prices; the rest is what agents reported. */
  readonly costComputedNanoUsd: number;
  /** Requests with tokens but without a known cost: `costNanoUsd` leaves them out. */
  readonly unpricedRequests: number;
}

/** What usage can be grouped by. `day`, `week` and `month` are cut in the time zone asked for. */
export const USAGE_DIMENSIONS = [
  'day',
  'week',
  'month',
  'model',
  'project',
  'agent',
  'framework',
  'tool',
  'session',
  'repository',
  'branch',
  'host',
  'task',
  'query_source',
  'subagent',
  'skill',
  'plugin',
  'mcp_server',
  'mcp_tool',
  'effort',
  'speed',
  'provider',
] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** To whom facts outside of any session belong. */
export const NO_SESSION_OWNER = { project: 'unassigned', agent: 'unknown', framework: 'unknown' } as const;

/**
 * `running`: seen within the idle limit and not ended. `ended`: said so, or silent for longer than that with nothing
 * open. `idle`: silent, but a run of it is still open. `abandoned`: the same for longer than the limit for that.
 */
export type SessionState = 'running' | 'ended' | 'idle' | 'abandoned';

/** A session as lists show it. */
export interface SessionSummary {
  readonly id: string;
  readonly framework: string;
  readonly clientId: string | null;
  readonly host: string | null;
  readonly project: string;
  readonly agent: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly cwd: string | null;
  readonly model: string | null;
  readonly startType: string | null;
  readonly startedMs: number;
  readonly lastMs: number;
  /** When it said that it ended; null where it did not say so. */
  readonly endedMs: number | null;
  readonly endReason: string | null;
  readonly state: SessionState;
  readonly totals: UsageTotals;
}

/** How full a session's context is, as its newest call, compaction or snapshot tells. */
export interface ContextUse {
  readonly usedTokens: number;
  /** The most that it held so far. */
  readonly peakTokens: number;
  /** Null where the window is not known. */
  readonly windowTokens: number | null;
  /** 0 to 1. */
  readonly share: number | null;
  readonly peakShare: number | null;
}

/** How much of an allowance is used, as the agent told last. What it did not tell is null. */
export interface RateLimit {
  readonly window: string | null;
  readonly limitId: string | null;
  readonly usedPercent: number | null;
  readonly resetsAt: string | null;
  /** Unix ms. */
  readonly toldMs: number;
}

/** Which sessions to list, newest activity first; times are unix ms. */
export interface SessionFilter {
  /** Last seen at or after. */
  readonly fromMs?: number | undefined;
  /** Started before. */
  readonly toMs?: number | undefined;
  readonly framework?: string | undefined;
  readonly host?: string | undefined;
  readonly project?: string | undefined;
  readonly agent?: string | undefined;
  /** Opaque, from an earlier answer. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A page of sessions; `nextCursor` is null on the last one. */
export interface SessionPage {
  readonly sessions: SessionSummary[];
  readonly nextCursor: string | null;
}

/** Which events to list, newest first. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly framework?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly limit: number;
}

/** Which events of machines to read: those of one, within a time. */
export interface MachineEventFilter {
  /** Name of the machine as its agents say it, or of the virtual machine or container. */
  readonly machine: string;
  /** First and last moment, unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A fact as the read model holds it. */
export interface KnownFact extends Omit<Fact, 'outcome'> {
  /** `abandoned`: a run, tool call or span whose session was silent for longer than the limit for that. */
  readonly outcome: Outcome | 'abandoned';
  /** True where another fact tells the same: it is shown, never summed. */
  readonly superseded: boolean;
}

/** Which facts to sum: fromMs <= time < toMs, unix ms; a session's present project and agent count. */
export interface UsageQuery {
  readonly by: readonly UsageDimension[];
  readonly fromMs: number;
  readonly toMs: number;
  /** IANA name. */
  readonly timezone: string;
  readonly project?: string | undefined;
  readonly agent?: string | undefined;
}

/**
 * One row of usage. `key` holds the dimensions asked for, in that order: `2026-11-21`, `2026-W47`, `2026-11`, names,
 * ids; null = does not apply (a tool call has no model, a model request no tool) or is not known.
 */
export interface UsageRow {
  readonly key: Readonly<Record<string, string | null>>;
  readonly totals: UsageTotals;
}

/** Rows in order of time where time is asked for, dearest first otherwise, and the sum of all of them. */
export interface Usage {
  readonly rows: UsageRow[];
  readonly total: UsageTotals;
}

/** Freshness of one agent, unix ms. */
export interface AgentFreshness {
  readonly framework: string;
  readonly project: string;
  readonly agent: string;
  readonly lastEventMs: number | null;
  /** The journal keeps no agents' metrics: null, unless who takes them tells. */
  readonly lastMetricMs: number | null;
  /** Newest event that came as the agent's own log record. */
  readonly lastLogMs: number | null;
  /** As for metrics. */
  readonly lastSpanMs: number | null;
  readonly sessions24h: number;
}

/** A tool call that began and has not ended, in a session that is not over. */
export interface OpenTool {
  readonly sessionId: string | null;
  readonly runId: string | null;
  readonly project: string;
  readonly agent: string;
  readonly name: string | null;
  readonly startedMs: number;
}

/** Calls of one tool in a range. */
export interface ToolStats {
  readonly name: string | null;
  readonly calls: number;
  readonly errors: number;
  /** Null where no call told its duration. */
  readonly totalDurationMs: number | null;
  readonly maxDurationMs: number | null;
}

/** A model that no price is known for. */
export interface UnpricedModel {
  readonly model: string | null;
  readonly requests: number;
  readonly tokens: number;
}

/** Activity in one bucket of time. */
export interface ActivityBucket {
  readonly tsMs: number;
  readonly runs: number;
  readonly tools: number;
  readonly errors: number;
}

/** Sizes and positions of the journal. */
export interface JournalStats {
  readonly events: number;
  readonly sessions: number;
  /** Events that no answer knows yet: they are on disk and wait to be projected. */
  readonly unprojectedEvents: number;
  /** Facts that are not counted yet. */
  readonly pendingFacts: number;
  /** Records that wait to leave. */
  readonly outbox: number;
  readonly deadLetters: number;
  readonly sizeBytes: number;
  readonly oldestEventMs: number | null;
  readonly newestEventMs: number | null;
}

/** What there is to do, for whoever looks every few seconds. */
export interface JournalLoad {
  /** Stable id of this journal: `service.instance.id` of what the bridge says. */
  readonly instanceId: string;
  readonly unprojectedEvents: number;
  readonly pendingFacts: number;
  /** Facts that changed after they were counted: what is shown is right, counters stay. */
  readonly factsCorrected: number;
  readonly deadLetters: number;
  /** Dead letters that were given up since the journal began, so that they do not fill the disk. */
  readonly deadLettersGivenUp: number;
  readonly sizeBytes: number;
  /** What somebody should look into, one sentence each: metrics with more series than are kept apart. */
  readonly warnings: readonly string[];
}

/** A sampler and what it saw in its newest round. */
export interface SamplerState {
  readonly name: string;
  readonly takenMs: number;
  readonly intervalMs: number;
  /** Why it could not look; null where it could. */
  readonly problem: string | null;
  readonly things: readonly SampledThing[];
}

/** Everything that anyone reads. Implemented behind the journal; see journal/sqlite/reader.ts. */
export interface ReadModel extends Disposable {
  listEvents(filter: EventFilter): JournalEvent[];
  /** @throws MonitorError `invalid` for a cursor that no answer gave. */
  listSessions(filter: SessionFilter): SessionPage;
  session(id: string): SessionSummary | null;
  /** Sessions in state `running`. */
  runningSessions(): number;
  /** Ids of the sessions that run and were seen since then (unix ms), most recently seen first, at most 1000. */
  runningSessionIds(sinceMs?: number): string[];
  /** What a session used up of its limits; null for one that is not known. */
  guardLoad(sessionId: string): GuardLoad | null;
  /** How full the context of a session is; null where no call of it is known. */
  contextUse(sessionId: string): ContextUse | null;
  /** Facts of one session in order of time. */
  sessionFacts(id: string): KnownFact[];
  run(id: string): { run: KnownFact; spans: KnownFact[] } | null;
  /** Mean duration of the runs that ended in the range; null where none did. */
  averageRunMs(fromMs: number, toMs: number): number | null;
  usage(query: UsageQuery): Usage;
  /** Models used since then without a known price, most used first. */
  unpricedModels(fromMs: number): UnpricedModel[];
  /** One entry per bucket, empty ones too; buckets are aligned to the epoch. */
  timeseries(query: { fromMs: number; toMs: number; bucketMs: number }): ActivityBucket[];
  /** Oldest first. */
  openTools(): OpenTool[];
  /** Most used first. */
  toolStats(query: Omit<UsageQuery, 'by' | 'timezone'>): ToolStats[];
  /** Most recently seen first. */
  agents(): AgentFreshness[];
  /** What virtual machines and containers did, oldest first, the newest 1000. */
  machineEvents(filter: MachineEventFilter): JournalEvent[];
  /** What samplers saw last. */
  samplers(): SamplerState[];
  stats(): JournalStats;
  load(): JournalLoad;
}
