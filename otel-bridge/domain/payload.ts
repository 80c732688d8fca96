/**
 * What the adapters put into the payload of the event types that agent-monitor adds or gives a meaning to.
 * Agentmon's own senders may leave out anything; every field is optional and null is the same as absent.
 * Keys are snake_case, since the payload leaves the process as JSON.
 */

/** Token counts, disjoint: input + cache_read + cache_creation is the whole prompt, output is everything generated. */
export interface UsagePayload {
  input_tokens?: number;
  output_tokens?: number;
  cache_read_tokens?: number;
  cache_creation_tokens?: number;
  /** Part of `cache_creation_tokens` that is kept for one hour (priced higher). */
  cache_creation_1h_tokens?: number;
}

/** Payload of `api.request`: one call of a model, ended well or not. */
export interface ApiRequestPayload extends UsagePayload {
  /** The provider's request id. */
  request_id?: string;
  /** The provider's message (response) id. */
  message_id?: string;
  model?: string;
  /** Cost as the agent itself says, USD. */
  cost_usd?: number;
  duration_ms?: number;
  ttft_ms?: number;
  /** `main`, `subagent` or `auxiliary`. */
  query_source?: string;
  subagent?: string;
  skill?: string;
  mcp_server?: string;
  effort?: string;
  speed?: string;
  /** Set when the call failed for good: HTTP status or class of error. */
  error_type?: string;
  error_message?: string;
  /** False while a transcript still writes the message; its usage may yet grow. Absent = true. */
  complete?: boolean;
}

/** Payload of `span.start` and `span.end` where the span is a tool call, sub-agent or compaction. */
export interface SpanPayload {
  kind?: 'tool' | 'model' | 'subagent' | 'compaction' | 'other';
  tool_name?: string;
  /** The model's id of the call (`toolu_...`, `call_...`). */
  tool_use_id?: string;
  action?: 'file' | 'shell' | 'api' | 'knowledge' | 'other';
  /** `success` = ran and did well, `failure` = ran and failed, `error` = did not run, `rejected`, `cancelled`. */
  status?: string;
  duration_ms?: number;
  exit_code?: number;
  input_size_bytes?: number;
  output_size_bytes?: number;
  error_type?: string;
  summary?: string;
}

/** Payload of `tool.decision`. */
export interface ToolDecisionPayload {
  tool_name?: string;
  tool_use_id?: string;
  /** `accept` or `reject`. */
  decision?: string;
  /** config, hook, user_permanent, user_temporary, user_abort, user_reject. */
  decision_source?: string;
}

/** Payload of `prompt`: a person (or script) asked; starts a run. */
export interface PromptPayload {
  /** The agent's id of the prompt; the run id where the agent has one. */
  prompt_id?: string;
  length?: number;
  /** Only where `privacy.prompts` allows. */
  text?: string;
}

/** Payload of `session.start` beside agentmon's. */
export interface SessionStartPayload {
  /** fresh, resume, continue, agents_view, clear, compact. */
  start_type?: string;
  cwd?: string;
  /** Name of the repository, `owner/name` or the folder's name. */
  repository?: string;
  branch?: string;
  agent_version?: string;
}
