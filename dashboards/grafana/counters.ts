import { BY_MODEL, series } from './selectors.ts';

/** Selectors of the counters that several dashboards read, each through the functions of totals.ts. */

/** What did not do well, for metrics with `agent_outcome`. What a person rejected is no failure. */
export const NOT_WELL = 'agent_outcome=~"failure|error"';

export const SESSIONS = series('agent_session_count_total');
export const RUNS = series('agent_run_count_total');
export const FAILED_RUNS = series('agent_run_count_total', NOT_WELL);
export const COST = series('agent_cost_usage_USD_total', BY_MODEL);
export const TOKENS = series('agent_token_usage_total', BY_MODEL);
export const CALLS = series('agent_api_request_count_total', BY_MODEL);
export const FAILED_CALLS = series('agent_api_request_count_total', BY_MODEL, 'error_type!=""');
export const TOOLS = series('agent_tool_call_count_total');
export const FAILED_TOOLS = series('agent_tool_call_count_total', NOT_WELL);
export const DECISIONS = series('agent_permission_decision_count_total');
export const REJECTIONS = series('agent_permission_decision_count_total', 'agent_decision="reject"');
export const LINES = series('agent_lines_of_code_count_total');
export const COMMITS = series('agent_commit_count_total');
export const PULL_REQUESTS = series('agent_pull_request_count_total');
export const FILE_OPERATIONS = series('agent_file_operation_count_total');
export const COMPACTIONS = series('agent_compaction_count_total');
export const ACTIVE_TIME = series('agent_active_time_seconds_total');
export const VIOLATIONS = series('agent_guardrail_violation_count_total');
export const ERRORS = series('agent_error_count_total');
export const SCORES = series('agent_feedback_count_total');

/** Tokens of one type: input, output, cache_read or cache_creation. */
export function tokensOfType(type: string): string {
  return series('agent_token_usage_total', BY_MODEL, `gen_ai_token_type="${type}"`);
}
