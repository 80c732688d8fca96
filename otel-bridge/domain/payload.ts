import * as z from 'zod';
import { TALLY_MEASURES } from './tally-measure.ts';

/*
 * What the adapters put into the payload of the event types that agent-monitor adds or gives a meaning to.
 * Agentmon's own senders may leave out anything; every field is optional and null is the same as absent.
 * Keys are snake_case, since the payload leaves the process as JSON. `monitor schema` publishes these as JSON Schema.
 */

const text = z.string();
const number = z.number();
const count = z.number().int().nonnegative();
const sizeBytes = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();
const usd = z.number().nonnegative();
const fileOperation = z.enum(['read', 'create', 'edit', 'write', 'delete', 'search']);

/** Token counts, disjoint: input + cache_read + cache_creation is the whole prompt, output is everything generated. */
export const usagePayloadSchema = z.object({
  input_tokens: count.optional(),
  output_tokens: count.optional(),
  cache_read_tokens: count.optional(),
  cache_creation_tokens: count.optional(),
  cache_creation_1h_tokens: count
    .optional()
    .describe('Part of `cache_creation_tokens` that is kept for one hour (priced higher).'),
  web_search_requests: count
    .optional()
    .describe('Web searches that the provider ran for the call (priced each).'),
});
/** See `usagePayloadSchema`. */
export type UsagePayload = z.infer<typeof usagePayloadSchema>;

/** Payload of `api.request`: one call of a model, ended well or not. */
export const apiRequestPayloadSchema = usagePayloadSchema.extend({
  request_id: text.optional().describe("The provider's request id."),
  message_id: text.optional().describe("The provider's message (response) id."),
  provider: text.optional().describe('Who serves the model, as the agent says: `anthropic`, `openai`, ...'),
  model: text.optional().describe('The model that answered.'),
  requested_model: text
    .optional()
    .describe('The model that was asked for and is paid for, where another one answered.'),
  reasoning_tokens: count.optional().describe('Part of `output_tokens`.'),
  aggregate: z
    .boolean()
    .optional()
    .describe(
      'True for the sum of an agent span: counted only where no call below it in its trace tells its own tokens.',
    ),
  sparse: z
    .boolean()
    .optional()
    .describe(
      'True where telemetry tells tokens alone: other sources are waited for, which know who called and how long it took.',
    ),
  cost_usd: usd.optional().describe('Cost as the agent itself says, USD.'),
  context_window_tokens: count.optional().describe('Size of the context window, where the agent tells it.'),
  duration_ms: milliseconds.optional(),
  ttft_ms: milliseconds.optional(),
  query_source: text
    .optional()
    .describe(
      '`main`, `subagent` or `auxiliary` (titles, compaction and other calls that are no part of the conversation).',
    ),
  purpose: text
    .optional()
    .describe(
      "What an auxiliary call was for, in the agent's own word: `compact`, `generate_session_title`.",
    ),
  subagent: text.optional().describe('Type of the sub-agent that called.'),
  subagent_id: text.optional().describe('Which run of a sub-agent called.'),
  skill: text.optional(),
  plugin: text.optional(),
  mcp_server: text.optional(),
  mcp_tool: text.optional(),
  effort: text.optional(),
  speed: text.optional().describe('`normal` or `fast` (priced higher).'),
  inference_geo: text
    .optional()
    .describe('Where the provider computed it, where that changes the price (`us`).'),
  attempt: count.optional().describe('Which try succeeded or was the last, from 1.'),
  retries: count.optional().describe('Tries that failed before this one.'),
  refused: z.boolean().optional().describe('True where the model declined to answer.'),
  error_type: text.optional().describe('Set when the call failed for good: HTTP status or class of error.'),
  error_message: text.optional(),
  complete: z
    .boolean()
    .optional()
    .describe('False while a transcript still writes the message; its usage may yet grow. Absent = true.'),
});
/** See `apiRequestPayloadSchema`. */
export type ApiRequestPayload = z.infer<typeof apiRequestPayloadSchema>;

/** Payload of `span.start` and `span.end` where the span is a tool call, sub-agent or compaction. */
export const spanPayloadSchema = z.object({
  kind: z.enum(['tool', 'model', 'subagent', 'compaction', 'other']).optional(),
  tool_name: text.optional(),
  tool_use_id: text.optional().describe("The model's id of the call (`toolu_...`, `call_...`)."),
  fingerprint: text
    .optional()
    .describe(
      'What a call is known by whose agent tells no id of it: the n-th of a session with this text is the same call, whoever tells.',
    ),
  action: z.enum(['file', 'shell', 'api', 'knowledge', 'other']).optional(),
  status: text
    .optional()
    .describe(
      '`success` = ran and did well, `failure` = ran and failed, `error` = did not run, `rejected`, `cancelled`.',
    ),
  duration_ms: milliseconds.optional(),
  exit_code: number.optional(),
  input_size_bytes: sizeBytes.optional(),
  output_size_bytes: sizeBytes.optional(),
  error_type: text.optional(),
  complete: z
    .boolean()
    .optional()
    .describe('False where the teller cannot know the outcome: it waits for who does. Absent = true.'),
  summary: text
    .optional()
    .describe('One line on what was done: a path or a command. Only where privacy allows.'),
  arguments: text.optional().describe('Arguments and output as text. Only where privacy allows.'),
  output: text.optional(),
  subagent: text.optional(),
  subagent_id: text.optional(),
  request_id: text.optional().describe('The model call that asked for it.'),
  trigger: text.optional().describe('Of a compaction: `auto` or `manual`.'),
  pre_tokens: count.optional().describe('Of a compaction: size of the context before and after.'),
  post_tokens: count.optional(),
  file_path: text
    .optional()
    .describe('File that the call was about. Only where `privacy.file_paths` allows.'),
  file_operation: fileOperation.optional(),
  language: text.optional().describe('Of the file: `typescript`, `python`, ...'),
  lines_added: count.optional(),
  lines_removed: count.optional(),
  mcp_server: text.optional(),
  mcp_tool: text.optional(),
  skill: text.optional(),
  commit_sha: text.optional().describe('Commit that the call made.'),
  pull_request_url: text.optional().describe('Pull request that the call opened.'),
  decision: text.optional().describe('`accept` or `reject`, where the end of the call tells it.'),
  decision_source: text.optional().describe('As in `tool.decision`.'),
});
/** See `spanPayloadSchema`. */
export type SpanPayload = z.infer<typeof spanPayloadSchema>;

/** Payload of `tool.decision`. */
export const toolDecisionPayloadSchema = z.object({
  tool_name: text.optional(),
  tool_use_id: text.optional(),
  decision: text.optional().describe('`accept` or `reject`.'),
  decision_source: text
    .optional()
    .describe('config, hook, user_permanent, user_temporary, user_abort, user_reject.'),
  permission_mode: text.optional().describe("The agent's mode at that time: default, plan, acceptEdits, ..."),
  request_id: text.optional(),
  subagent_id: text.optional(),
});
/** See `toolDecisionPayloadSchema`. */
export type ToolDecisionPayload = z.infer<typeof toolDecisionPayloadSchema>;

/** Payload of `prompt`: a person (or script) asked; starts a run. */
export const promptPayloadSchema = z.object({
  prompt_id: text.optional().describe("The agent's id of the prompt; the run id where the agent has one."),
  prompt_source: text
    .optional()
    .describe(
      'Who asked: `person`, `script`, or `system` (the agent itself, for instance when a background task ended).',
    ),
  length: count.optional(),
  text: text.optional().describe('Only where `privacy.prompts` allows.'),
  permission_mode: text.optional().describe("The agent's mode at that time."),
});
/** See `promptPayloadSchema`. */
export type PromptPayload = z.infer<typeof promptPayloadSchema>;

/** Payload of `session.start` beside agentmon's. */
export const sessionStartPayloadSchema = z.object({
  start_type: text
    .optional()
    .describe('fresh, resume, continue, agents_view, clear, compact, fork, subagent, auxiliary.'),
  cwd: text.optional(),
  repository: text.optional().describe("Name of the repository, `owner/name` or the folder's name."),
  branch: text.optional(),
  agent_version: text.optional(),
  parent_session_id: text.optional().describe('The session that began this one, as its sub-agent.'),
  permission_mode: text.optional().describe('The mode in which it begins, as `mode.change` names them.'),
});
/** See `sessionStartPayloadSchema`. */
export type SessionStartPayload = z.infer<typeof sessionStartPayloadSchema>;

/** Payload of `run.end` beside agentmon's. */
export const runEndPayloadSchema = z.object({
  status: text.optional().describe('`success`, `error`, `cancelled`.'),
  duration_ms: milliseconds.optional(),
});
/** See `runEndPayloadSchema`. */
export type RunEndPayload = z.infer<typeof runEndPayloadSchema>;

/** Payload of `session.end` beside agentmon's. */
export const sessionEndPayloadSchema = z.object({
  reason: text.optional().describe('exit, clear, logout, ...'),
  total_cost_usd: usd
    .optional()
    .describe(
      'What the agent itself says that the whole session cost, USD; with it tokens by model. Never summed.',
    ),
  models: z.record(z.string(), usagePayloadSchema.extend({ cost_usd: usd.optional() })).optional(),
  since_ms: number
    .optional()
    .describe(
      'When the process began whose end tells the sums: they are sums over the session all the same, unix ms.',
    ),
  lines_added: count.optional().describe('Sums over the session, as the agent itself says. Never summed.'),
  lines_removed: count.optional(),
  forked_from: text.optional().describe('The session whose history, and cost, this one began with.'),
});
/** See `sessionEndPayloadSchema`. */
export type SessionEndPayload = z.infer<typeof sessionEndPayloadSchema>;

/** Payload of `task.start` and `task.end`: what a person asked for. Told by nobody, a run is a task. */
export const taskPayloadSchema = z.object({
  task_id: text.optional(),
  name: text.optional(),
  task_type: text.optional().describe('Who says that it is one: `run` (`monitor run`), `mcp`, ...'),
  status: text.optional().describe('Of its end, as a span says it.'),
  duration_ms: milliseconds.optional(),
  exit_code: number.optional(),
});
/** See `taskPayloadSchema`. */
export type TaskPayload = z.infer<typeof taskPayloadSchema>;

/** Payload of `file.operation`: one operation on one file. */
export const fileOperationPayloadSchema = z.object({
  operation: fileOperation.optional(),
  file_path: text.optional().describe('Only where `privacy.file_paths` allows.'),
  language: text.optional(),
  lines_added: count.optional(),
  lines_removed: count.optional(),
  tool_use_id: text.optional().describe('The call that did it: told by both, it counts once.'),
});
/** See `fileOperationPayloadSchema`. */
export type FileOperationPayload = z.infer<typeof fileOperationPayloadSchema>;

/** Payload of `git.commit`. */
export const gitCommitPayloadSchema = z.object({
  sha: text.optional(),
  repository: text.optional(),
  branch: text.optional(),
  files_changed: count.optional(),
  lines_added: count.optional(),
  lines_removed: count.optional(),
  message_size_bytes: sizeBytes.optional(),
  tool_use_id: text.optional().describe('The call that made it.'),
});
/** See `gitCommitPayloadSchema`. */
export type GitCommitPayload = z.infer<typeof gitCommitPayloadSchema>;

/** Payload of `git.pull_request`: one was opened. */
export const pullRequestPayloadSchema = z.object({
  url: text.optional(),
  tool_use_id: text.optional().describe('The call that opened it.'),
});
/** See `pullRequestPayloadSchema`. */
export type PullRequestPayload = z.infer<typeof pullRequestPayloadSchema>;

/** Payload of `mode.change`: the agent asks for more, or less, permission from now on. */
export const modeChangePayloadSchema = z.object({
  from_mode: text.optional(),
  to_mode: text.optional(),
  trigger: text.optional(),
});
/** See `modeChangePayloadSchema`. */
export type ModeChangePayload = z.infer<typeof modeChangePayloadSchema>;

/** Payload of `rate_limit`: how much of an allowance is used. Absent = not known, never 0. */
export const rateLimitPayloadSchema = z.object({
  window: text.optional().describe('`5h`, `7d`, ... as the provider names it.'),
  limit_id: text.optional().describe('Which of several limits.'),
  used_percent: z.number().nonnegative().optional(),
  resets_at: text.optional().describe('RFC 3339.'),
});
/** See `rateLimitPayloadSchema`. */
export type RateLimitPayload = z.infer<typeof rateLimitPayloadSchema>;

/** Payload of `active_time`: time beyond what was told before that a person or the agent was at work. */
export const activeTimePayloadSchema = z.object({
  type: z.enum(['user', 'cli']).optional(),
  duration_ms: milliseconds.optional(),
});
/** See `activeTimePayloadSchema`. */
export type ActiveTimePayload = z.infer<typeof activeTimePayloadSchema>;

/**
 * Payload of `agent.tally`: a part of a sum over a session that an agent tells without saying what it consists of. Where
 * several tellers (or the facts themselves) tell the same sum, the largest counts: each misses some, none invents any.
 */
export const tallyPayloadSchema = z.object({
  measure: z.enum(TALLY_MEASURES),
  teller: text.describe('Whose sum it is: `metric`, `transcript`, ...'),
  amount: z.number().nonnegative(),
  sum_of: text
    .optional()
    .describe('Set where `amount` is the whole sum so far of this series, not a step of it.'),
});
/** See `tallyPayloadSchema`. */
export type TallyPayload = z.infer<typeof tallyPayloadSchema>;

/** Payload of `context.snapshot`: how full the context is. */
export const contextSnapshotPayloadSchema = z.object({
  used_tokens: count.optional(),
  window_tokens: count.optional(),
  model: text.optional(),
});
/** See `contextSnapshotPayloadSchema`. */
export type ContextSnapshotPayload = z.infer<typeof contextSnapshotPayloadSchema>;

/** Payload of `refusal`: a model declined to answer. */
export const refusalPayloadSchema = z.object({
  category: text.optional(),
  model: text.optional(),
  request_id: text.optional().describe('The call that was declined.'),
});
/** See `refusalPayloadSchema`. */
export type RefusalPayload = z.infer<typeof refusalPayloadSchema>;

/** Payload of `feedback`: a judgement of a session. */
export const feedbackPayloadSchema = z.object({
  score: z.number().optional(),
  scale: z.number().optional().describe('The best score there is.'),
  note: text.optional(),
  feedback_source: text
    .optional()
    .describe('`person` (monitor rate), `survey` (the agent asked a person) or `agent` (of its own work).'),
  survey_type: text.optional().describe('What the agent asked about.'),
  response: text.optional().describe('What was answered, in the words of the agent.'),
});
/** See `feedbackPayloadSchema`. */
export type FeedbackPayload = z.infer<typeof feedbackPayloadSchema>;

/** Payload of `guardrail.violation`: a rule of `guardrails:` was broken. */
export const guardrailViolationPayloadSchema = z.object({
  rule: text.optional(),
  action: text.optional().describe('What was done about it: `observed` or `denied`.'),
  tool_name: text.optional(),
  reason: text.optional(),
  list: z
    .boolean()
    .optional()
    .describe('True where a list decided, or hooks were taken out: a matter of security.'),
  value: z.number().optional(),
  limit: z.number().optional(),
});
/** See `guardrailViolationPayloadSchema`. */
export type GuardrailViolationPayload = z.infer<typeof guardrailViolationPayloadSchema>;

/** Payload of `token.attribution`: what a file cost. Derived, and told only where `privacy.file_paths` allows. */
export const tokenAttributionPayloadSchema = z.object({
  file_path: text.optional(),
  input_tokens: count.optional().describe('Tokens of the prompt that the results of calls on the file were.'),
  output_tokens: count.optional().describe('Tokens that the arguments of such calls were.'),
  tool_use_id: text.optional(),
  request_id: text.optional().describe('The model call whose tokens are divided.'),
});
/** See `tokenAttributionPayloadSchema`. */
export type TokenAttributionPayload = z.infer<typeof tokenAttributionPayloadSchema>;
