import type { JournalEvent, JsonObject } from './event.ts';
import type { Fact } from './fact.ts';

/** Sums over facts. Money is integer nano-dollars. */
export interface UsageTotals {
  readonly sessions: number;
  readonly runs: number;
  readonly toolCalls: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  readonly costNanoUsd: number;
}

/** What usage can be grouped by. */
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
] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

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
  readonly startedMs: number;
  readonly lastMs: number;
  readonly endedMs: number | null;
  /** `running`: seen within the idle limit and not ended; `abandoned`: silent for longer than the limit for that. */
  readonly state: 'running' | 'ended' | 'idle' | 'abandoned';
  readonly totals: UsageTotals;
}

/** Which sessions to list; times are unix ms. */
export interface SessionFilter {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly framework?: string;
  readonly host?: string;
  readonly project?: string;
  readonly agent?: string;
  /** Opaque, from an earlier answer. */
  readonly cursor?: string;
  readonly limit: number;
}

/** One row of usage. `key` holds the dimensions asked for, in that order. */
export interface UsageRow {
  readonly key: Readonly<Record<string, string>>;
  readonly totals: UsageTotals;
}

/** Freshness of one agent, unix ms. */
export interface AgentFreshness {
  readonly framework: string;
  readonly project: string;
  readonly agent: string;
  readonly lastEventMs: number | null;
  readonly lastMetricMs: number | null;
  readonly lastLogMs: number | null;
  readonly lastSpanMs: number | null;
  readonly sessions24h: number;
}

/** A tool call that began and has not ended. */
export interface OpenTool {
  readonly sessionId: string;
  readonly project: string;
  readonly agent: string;
  readonly name: string;
  readonly startedMs: number;
}

/** Everything that anyone reads. Implemented behind the journal; see journal/sqlite/reader.ts. */
export interface ReadModel {
  listEvents(filter: {
    type?: string;
    framework?: string;
    sessionId?: string;
    limit: number;
  }): JournalEvent[];
  listSessions(filter: SessionFilter): { sessions: SessionSummary[]; nextCursor: string | null };
  session(id: string): SessionSummary | null;
  /** Facts of one session in order of time. */
  sessionFacts(id: string): Fact[];
  run(id: string): { run: Fact; spans: Fact[] } | null;
  /** Sums per combination of `by`, in the time zone given, for facts with fromMs <= time < toMs. */
  usage(query: {
    by: readonly UsageDimension[];
    fromMs: number;
    toMs: number;
    timezone: string;
    project?: string;
    agent?: string;
  }): { rows: UsageRow[]; total: UsageTotals };
  /** Models seen without a known price. */
  unpricedModels(fromMs: number): string[];
  timeseries(query: { fromMs: number; toMs: number; bucketMs: number }): {
    tsMs: number;
    runs: number;
    tools: number;
    errors: number;
  }[];
  openTools(): OpenTool[];
  agents(): AgentFreshness[];
  /** Sizes and positions, for status and health. */
  stats(): JsonObject & { events: number; pendingFacts: number; outbox: number; deadLetters: number };
}
