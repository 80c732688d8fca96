import type { UsageTotals } from '../../domain/read-model.ts';

/** Facts that carry usage; the text is that of the index `facts_usage`. */
export const IS_USAGE = `superseded = 0 AND kind IN ('api', 'usage')`;
/** All other facts; the text is that of the index `facts_activity`. */
export const IS_ACTIVITY = `superseded = 0 AND kind NOT IN ('api', 'usage')`;

/** The indexes `facts_usage` and `facts_activity` begin with periods of this length; any would do. */
export const PERIOD_MS = 14_400_000;

/** The period of a fact; the text is that of the indexes. */
export const PERIOD = `at_ms / ${PERIOD_MS}`;

/** Facts of a range, found by their period. Its parameters are those of `rangeParameters`. */
export const IN_RANGE = `${PERIOD} >= :firstPeriod AND ${PERIOD} <= :lastPeriod
  AND at_ms >= :fromMs AND at_ms < :toMs`;

/** Parameters of `IN_RANGE` for fromMs <= time < toMs. */
export function rangeParameters(fromMs: number, toMs: number): Record<string, number> {
  const period = (tsMs: number): number => Math.floor(tsMs / PERIOD_MS);
  return { fromMs, toMs, firstPeriod: period(fromMs), lastPeriod: period(toMs) };
}

/** What a row of usage says: a request that failed. */
export const USAGE_ERROR = `(kind = 'api' AND outcome = 'error')`;
/** What a row of activity says: a tool call that ended badly, or an error that was told as such. */
export const ACTIVITY_ERROR = `((kind = 'tool' AND outcome IN ('failure', 'error'))
  OR (kind = 'event' AND event_type = 'error'))`;
export const IS_TOOL_CALL = `(kind = 'tool' AND end_ms IS NOT NULL)`;

/** Sums over rows that satisfy `IS_USAGE`. */
export const USAGE_SUMS = `
  sum(input_tokens) AS input_tokens,
  sum(output_tokens) AS output_tokens,
  sum(cache_read_tokens) AS cache_read_tokens,
  sum(cache_creation_tokens) AS cache_creation_tokens,
  sum(cost_nano_usd) AS cost_nano_usd,
  sum(CASE WHEN cost_source = 'computed' THEN cost_nano_usd END) AS cost_computed_nano_usd,
  sum(cost_nano_usd IS NULL
    AND input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens > 0) AS unpriced,
  sum(${USAGE_ERROR}) AS errors`;

/** Sums over rows that satisfy `IS_ACTIVITY`. */
export const ACTIVITY_SUMS = `
  sum(kind = 'run') AS runs,
  sum(${IS_TOOL_CALL}) AS tool_calls,
  sum(${ACTIVITY_ERROR}) AS errors`;

/** Sums that tallies hold (projections/tally.ts) and usage shows. */
export const WORK_MEASURES = ['lines_added', 'lines_removed', 'commits', 'pull_requests'] as const;
export type WorkMeasure = (typeof WORK_MEASURES)[number];

const IS_TASK = `end_ms IS NOT NULL AND (kind = 'task' OR (kind = 'run'
  AND data ->> 'task_id' IS NULL AND coalesce(data ->> 'prompt_source', '') <> 'system'))`;

/** Sums over rows that satisfy `IS_WORK`: what people asked for, and what came of it outside of any session. */
export const TASK_COUNTS = {
  tasks: `sum(${IS_TASK})`,
  tasks_failed: `sum(${IS_TASK} AND outcome IN ('failure', 'error'))`,
  commits: `sum(kind = 'commit' AND session_id IS NULL)`,
  pull_requests: `sum(kind = 'pull_request' AND session_id IS NULL)`,
} as const;
export const TASK_SUMS = Object.entries(TASK_COUNTS)
  .map(([name, sum]) => `${sum} AS ${name}`)
  .join(', ');
export const IS_WORK = `superseded = 0 AND kind NOT IN ('api', 'usage')
  AND kind IN ('run', 'task', 'commit', 'pull_request')`;

/** Adds up rows of both kinds. */
export class FactSums {
  #runs = 0;
  #toolCalls = 0;
  #errors = 0;
  #tasks = 0;
  #tasksFailed = 0;
  readonly #work: Record<WorkMeasure, number> = {
    lines_added: 0,
    lines_removed: 0,
    commits: 0,
    pull_requests: 0,
  };
  #inputTokens = 0;
  #outputTokens = 0;
  #cacheReadTokens = 0;
  #cacheCreationTokens = 0;
  #costNanoUsd: number | null = null;
  #costComputedNanoUsd = 0;
  #unpricedRequests = 0;
  readonly #sessions = new Set<string>();

  addUsage(row: Record<string, unknown>): void {
    this.#addSession(row.session_id);
    this.#errors += Number(row.errors);
    this.#inputTokens += Number(row.input_tokens);
    this.#outputTokens += Number(row.output_tokens);
    this.#cacheReadTokens += Number(row.cache_read_tokens);
    this.#cacheCreationTokens += Number(row.cache_creation_tokens);
    if (row.cost_nano_usd !== null) this.#costNanoUsd = (this.#costNanoUsd ?? 0) + Number(row.cost_nano_usd);
    this.#costComputedNanoUsd += Number(row.cost_computed_nano_usd ?? 0);
    this.#unpricedRequests += Number(row.unpriced);
  }

  addActivity(row: Record<string, unknown>): void {
    this.#addSession(row.session_id);
    this.#runs += Number(row.runs);
    this.#toolCalls += Number(row.tool_calls);
    this.#errors += Number(row.errors);
    // Daily sums hold both in one row.
    if (row.tasks !== undefined) this.addTasks(row);
  }

  /** Tasks, and commits and pull requests outside of any session. */
  addTasks(row: Record<string, unknown>): void {
    this.#tasks += Number(row.tasks);
    this.#tasksFailed += Number(row.tasks_failed);
    this.#work.commits += Number(row.commits);
    this.#work.pull_requests += Number(row.pull_requests);
  }

  addWork(measure: WorkMeasure, amount: number): void {
    this.#work[measure] += amount;
  }

  /** True where nothing of what was added is counted by any sum. */
  get isEmpty(): boolean {
    const { costNanoUsd, ...counts } = this.totals();
    return (costNanoUsd ?? 0) === 0 && Object.values(counts).every((count) => count === 0);
  }

  totals(): UsageTotals {
    const known = this.#costNanoUsd !== null || this.#unpricedRequests === 0;
    return {
      sessions: this.#sessions.size,
      runs: this.#runs,
      toolCalls: this.#toolCalls,
      tasks: this.#tasks,
      tasksFailed: this.#tasksFailed,
      linesAdded: this.#work.lines_added,
      linesRemoved: this.#work.lines_removed,
      commits: this.#work.commits,
      pullRequests: this.#work.pull_requests,
      errors: this.#errors,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      cacheReadTokens: this.#cacheReadTokens,
      cacheCreationTokens: this.#cacheCreationTokens,
      costNanoUsd: known ? (this.#costNanoUsd ?? 0) : null,
      costComputedNanoUsd: this.#costComputedNanoUsd,
      unpricedRequests: this.#unpricedRequests,
    };
  }

  #addSession(id: unknown): void {
    if (typeof id === 'string') this.#sessions.add(id);
  }
}
