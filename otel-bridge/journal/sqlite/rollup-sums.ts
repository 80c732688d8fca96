/** Sums of the table `rollups`, under the names of `fact-sums.ts`. */

/** The range of days. Parameters: fromMs, toMs. */
export const ROLLED_IN_RANGE = 'at_ms >= :fromMs AND at_ms < :toMs';
/** Rows that are sums of requests; all others are sums of activity. */
export const ROLLED_IS_REQUEST = `kind IN ('api', 'usage')`;

/** For `FactSums.addUsage`. */
export const ROLLED_USAGE_SUMS = `sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  sum(cache_read_tokens) AS cache_read_tokens, sum(cache_creation_tokens) AS cache_creation_tokens,
  sum(cost_nano_usd) AS cost_nano_usd, sum(cost_computed_nano_usd) AS cost_computed_nano_usd,
  sum(unpriced) AS unpriced, sum(errors) AS errors`;
/** For `FactSums.addActivity`. */
export const ROLLED_ACTIVITY_SUMS = 'sum(runs) AS runs, sum(tool_calls) AS tool_calls, sum(errors) AS errors';
/** For `FactSums.addTasks`. */
export const ROLLED_TASK_SUMS = `sum(tasks) AS tasks, sum(tasks_failed) AS tasks_failed,
  sum(commits) AS commits, sum(pull_requests) AS pull_requests`;

const SESSION = `nullif(session_id, '') AS session_id`;
const NAME = `nullif(name, '') AS name`;

/** For `FactSums.addUsage`, of one session; no row where it has none. */
export const ROLLED_SESSION_USAGE = `SELECT session_id, ${ROLLED_USAGE_SUMS}
  FROM rollups WHERE session_id = ? AND ${ROLLED_IS_REQUEST} GROUP BY session_id`;

/** For `FactSums.addActivity`, of one session; no row where it has none. */
export const ROLLED_SESSION_ACTIVITY = `SELECT session_id, ${ROLLED_ACTIVITY_SUMS}, ${ROLLED_TASK_SUMS}
  FROM rollups WHERE session_id = ? AND NOT ${ROLLED_IS_REQUEST} GROUP BY session_id`;

/** Calls of tools, by session and tool. */
export const ROLLED_TOOLS = `SELECT ${SESSION}, ${NAME}, sum(tool_calls) AS calls, sum(errors) AS errors,
    CASE WHEN sum(durations) > 0 THEN sum(duration_ms) END AS total_ms,
    CASE WHEN sum(durations) > 0 THEN max(max_duration_ms) END AS max_ms
  FROM rollups WHERE kind = 'tool' AND tool_calls > 0 AND ${ROLLED_IN_RANGE} GROUP BY 1, 2`;

/** Durations of runs that ended. */
export const ROLLED_RUN_DURATIONS = `SELECT sum(durations) AS count, sum(duration_ms) AS total_ms
  FROM rollups WHERE kind = 'run' AND ${ROLLED_IN_RANGE}`;

/** Activity by day, at its middle. */
export const ROLLED_BUCKETS = `SELECT at_ms, sum(runs) AS run, sum(tool_calls) AS tool, sum(errors) AS error
  FROM rollups WHERE ${ROLLED_IN_RANGE} GROUP BY at_ms`;

/** Models whose requests have tokens and no cost. */
export const ROLLED_UNPRICED = `SELECT ${NAME}, sum(unpriced) AS requests, sum(unpriced_tokens) AS tokens
  FROM rollups WHERE unpriced > 0 AND ${ROLLED_IN_RANGE} GROUP BY 1`;
