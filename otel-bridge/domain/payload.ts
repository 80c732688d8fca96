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
  /** Web searches that the provider ran for the call (priced each). */
  web_search_requests?: number;
}

/** Payload of `api.request`: one call of a model, ended well or not. */
export interface ApiRequestPayload extends UsagePayload {
  /** The provider's request id. */
  request_id?: string;
  /** The provider's message (response) id. */
  message_id?: string;
  /** The model that answered. */
  model?: string;
  /** The model that was asked for and is paid for, where another one answered. */
  requested_model?: string;
  /** Cost as the agent itself says, USD. */
  cost_usd?: number;
  duration_ms?: number;
  ttft_ms?: number;
  /** `main`, `subagent` or `auxiliary` (titles, compaction and other calls that are no part of the conversation). */
  query_source?: string;
  /** What an auxiliary call was for, in the agent's own word: `compact`, `generate_session_title`. */
  purpose?: string;
  /** Type of the sub-agent that called. */
  subagent?: string;
  /** Which run of a sub-agent called. */
  subagent_id?: string;
  skill?: string;
  mcp_server?: string;
  effort?: string;
  /** `normal` or `fast` (priced higher). */
  speed?: string;
  /** Where the provider computed it, where that changes the price (`us`). */
  inference_geo?: string;
  /** Which try succeeded or was the last, from 1. */
  attempt?: number;
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
  /** One line on what was done: a path or a command. Only where privacy allows. */
  summary?: string;
  /** Arguments and output as text. Only where privacy allows. */
  arguments?: string;
  output?: string;
  subagent?: string;
  subagent_id?: string;
  /** The model call that asked for it. */
  request_id?: string;
  /** Of a compaction: `auto` or `manual`. */
  trigger?: string;
  /** Of a compaction: size of the context before and after. */
  pre_tokens?: number;
  post_tokens?: number;
}

/** Payload of `tool.decision`. */
export interface ToolDecisionPayload {
  tool_name?: string;
  tool_use_id?: string;
  /** `accept` or `reject`. */
  decision?: string;
  /** config, hook, user_permanent, user_temporary, user_abort, user_reject. */
  decision_source?: string;
  /** The agent's mode at that time: default, plan, acceptEdits, ... */
  permission_mode?: string;
  request_id?: string;
  subagent_id?: string;
}

/** Payload of `prompt`: a person (or script) asked; starts a run. */
export interface PromptPayload {
  /** The agent's id of the prompt; the run id where the agent has one. */
  prompt_id?: string;
  /** Who asked: `person`, `script`, or `system` (the agent itself, for instance when a background task ended). */
  prompt_source?: string;
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

/** Payload of `run.end` beside agentmon's. */
export interface RunEndPayload {
  /** `success`, `error`, `cancelled`. */
  status?: string;
  duration_ms?: number;
}

/** Payload of `session.end` beside agentmon's. */
export interface SessionEndPayload {
  /** exit, clear, logout, ... */
  reason?: string;
  /** What the agent itself says that the whole session cost, USD; with it tokens by model. Never summed. */
  total_cost_usd?: number;
  models?: Readonly<Record<string, UsagePayload & { readonly cost_usd?: number }>>;
  /** The session whose history, and cost, this one began with. */
  forked_from?: string;
}
