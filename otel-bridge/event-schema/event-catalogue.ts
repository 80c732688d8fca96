import * as z from 'zod';
import type { ADDED_EVENT_TYPES, AGENTMON_EVENT_TYPES, JsonObject } from '../domain/event.ts';
import {
  activeTimePayloadSchema,
  apiRequestPayloadSchema,
  contextSnapshotPayloadSchema,
  feedbackPayloadSchema,
  fileOperationPayloadSchema,
  gitCommitPayloadSchema,
  guardrailViolationPayloadSchema,
  modeChangePayloadSchema,
  promptPayloadSchema,
  pullRequestPayloadSchema,
  rateLimitPayloadSchema,
  refusalPayloadSchema,
  runEndPayloadSchema,
  sessionEndPayloadSchema,
  sessionStartPayloadSchema,
  spanPayloadSchema,
  taskPayloadSchema,
  tokenAttributionPayloadSchema,
  toolDecisionPayloadSchema,
  usagePayloadSchema,
} from '../domain/payload.ts';

/** Types of events that have a meaning; any other is stored, logged and shown. */
export type KnownEventType = (typeof AGENTMON_EVENT_TYPES)[number] | (typeof ADDED_EVENT_TYPES)[number];

/** One type of event. */
export interface EventDescription {
  readonly summary: string;
  /** Every key is optional, further ones are kept. */
  readonly payload: z.ZodObject;
  /** What a sender may say: correlation ids beside the session's, and a payload. */
  readonly example: { readonly correlation?: JsonObject; readonly payload: JsonObject };
}

const text = z.string().optional();
const count = z.number().int().nonnegative().optional();

/** `usage` of agentmon's senders: their own names of tokens are understood too. */
const usageSchema = usagePayloadSchema.extend({
  total_cost: z.number().nonnegative().optional().describe('USD.'),
});

const RUN = { run_id: 'run-1' };
const TOOL = { ...RUN, span_id: 'span-1' };

/** All types with a meaning, each with what its payload may hold and one example. */
export const EVENT_CATALOGUE: Readonly<Record<KnownEventType, EventDescription>> = {
  'session.start': {
    summary: 'A conversation with an agent began, or went on after a pause.',
    payload: sessionStartPayloadSchema,
    example: {
      payload: { start_type: 'fresh', cwd: '/home/dev/shop', repository: 'acme/shop', branch: 'main' },
    },
  },
  'session.end': {
    summary: 'A conversation ended.',
    payload: sessionEndPayloadSchema,
    example: { payload: { reason: 'exit' } },
  },
  'run.start': {
    summary: 'The agent began to work on one prompt.',
    payload: z.object({ model: text }),
    example: { correlation: RUN, payload: { model: 'claude-sonnet-4-5' } },
  },
  'run.end': {
    summary: 'The agent answered the prompt, or gave it up.',
    payload: runEndPayloadSchema.extend({ model: text, usage: usageSchema.optional() }),
    example: {
      correlation: RUN,
      payload: { status: 'success', duration_ms: 5230, usage: { input_tokens: 1200, output_tokens: 345 } },
    },
  },
  'span.start': {
    summary: 'A tool call, sub-agent or compaction began.',
    payload: spanPayloadSchema,
    example: { correlation: TOOL, payload: { kind: 'tool', tool_name: 'Bash', action: 'shell' } },
  },
  'span.end': {
    summary: 'It ended.',
    payload: spanPayloadSchema,
    example: {
      correlation: TOOL,
      payload: { kind: 'tool', tool_name: 'Bash', status: 'success', duration_ms: 812, exit_code: 0 },
    },
  },
  error: {
    summary: 'Something went wrong that is no tool call and no model call.',
    payload: z.object({ error_type: text, message: text }),
    example: { correlation: RUN, payload: { error_type: 'timeout', message: 'no answer within 60 s' } },
  },
  'metric.snapshot': {
    summary: 'Usage of a run. Told in run.end too, it counts once.',
    payload: usageSchema.extend({ model: text }),
    example: { correlation: RUN, payload: { input_tokens: 1200, output_tokens: 345, total_cost: 0.0123 } },
  },
  'openclaw.snapshot': {
    summary: 'State of a virtual machine that OpenClaw runs in, and of its gateway.',
    payload: z.object({ state: text, issues: z.array(z.string()).optional() }),
    example: { payload: { state: 'running', issues: [] } },
  },
  'task.start': {
    summary: 'Work on what a person asked for began.',
    payload: taskPayloadSchema,
    example: { payload: { task_id: 'task-1', name: 'fix the login', task_type: 'run' } },
  },
  'task.end': {
    summary: 'It ended.',
    payload: taskPayloadSchema,
    example: { payload: { task_id: 'task-1', status: 'success', duration_ms: 65000, exit_code: 0 } },
  },
  prompt: {
    summary: 'A person, a script or the agent itself asked for something; begins a run.',
    payload: promptPayloadSchema,
    example: { correlation: RUN, payload: { prompt_id: 'run-1', prompt_source: 'person', length: 42 } },
  },
  'api.request': {
    summary: 'One call of a model, ended well or not.',
    payload: apiRequestPayloadSchema,
    example: {
      correlation: RUN,
      payload: {
        request_id: 'req_1',
        model: 'claude-sonnet-4-5',
        input_tokens: 12,
        output_tokens: 345,
        cache_read_tokens: 6700,
        cache_creation_tokens: 89,
        cost_usd: 0.0123,
        duration_ms: 3120,
        ttft_ms: 640,
      },
    },
  },
  'tool.decision': {
    summary: 'A tool call was allowed or refused.',
    payload: toolDecisionPayloadSchema,
    example: {
      correlation: RUN,
      payload: { tool_name: 'Bash', decision: 'accept', decision_source: 'config' },
    },
  },
  compaction: {
    summary: 'The conversation was shortened to fit the context.',
    payload: z.object({ trigger: text, pre_tokens: count, post_tokens: count }),
    example: { payload: { trigger: 'auto', pre_tokens: 160000, post_tokens: 21000 } },
  },
  'context.snapshot': {
    summary: 'How full the context is.',
    payload: contextSnapshotPayloadSchema,
    example: { payload: { used_tokens: 84000, window_tokens: 200000, model: 'claude-sonnet-4-5' } },
  },
  'state.snapshot': {
    summary: 'What a session had before it at a moment: context, open tools, memory files, changes to files.',
    payload: z.object({
      reason: text,
      state: text,
      model: text,
      context_tokens: count,
      context_window_tokens: count,
      open_tools: z.array(z.string()).optional(),
      memory_files: z.array(z.string()).optional(),
      tool_calls: count,
      file_changes: count,
      changed_files: z.array(z.string()).optional(),
      lines_added: count,
      lines_removed: count,
      commits: count,
      compactions: count,
    }),
    example: {
      payload: {
        reason: 'interval',
        state: 'running',
        context_tokens: 84000,
        open_tools: ['Bash'],
        tool_calls: 12,
      },
    },
  },
  'file.operation': {
    summary: 'A file was read, written or deleted.',
    payload: fileOperationPayloadSchema,
    example: {
      correlation: TOOL,
      payload: { operation: 'edit', file_path: 'src/login.ts', lines_added: 12, lines_removed: 3 },
    },
  },
  'git.commit': {
    summary: 'A commit was made.',
    payload: gitCommitPayloadSchema,
    example: {
      payload: { sha: '9f2c1e7', repository: 'acme/shop', branch: 'main', files_changed: 2, lines_added: 12 },
    },
  },
  'git.pull_request': {
    summary: 'A pull request was opened.',
    payload: pullRequestPayloadSchema,
    example: { payload: { url: 'https://git.example.com/acme/shop/pull/7' } },
  },
  'mode.change': {
    summary: 'The agent asks for more, or less, permission from now on.',
    payload: modeChangePayloadSchema,
    example: { payload: { from_mode: 'default', to_mode: 'plan', trigger: 'shift_tab' } },
  },
  rate_limit: {
    summary: "How much of a provider's allowance is used.",
    payload: rateLimitPayloadSchema,
    example: { payload: { window: '5h', used_percent: 41.5, resets_at: '2026-01-01T15:00:00Z' } },
  },
  active_time: {
    summary: 'A person or the agent was at work for a while.',
    payload: activeTimePayloadSchema,
    example: { payload: { type: 'user', duration_ms: 4200 } },
  },
  refusal: {
    summary: 'A model declined to answer.',
    payload: refusalPayloadSchema,
    example: { correlation: RUN, payload: { category: 'cyber', request_id: 'req_1' } },
  },
  'token.attribution': {
    summary: 'How many tokens of a model call a file was.',
    payload: tokenAttributionPayloadSchema,
    example: {
      correlation: RUN,
      payload: { file_path: 'src/login.ts', input_tokens: 1200, output_tokens: 90 },
    },
  },
  'egress.request': {
    summary: 'A request left the machine or was kept from it.',
    payload: z.object({ host: text, port: count, decision: text }),
    example: { payload: { host: 'registry.example.com', port: 443, decision: 'allow' } },
  },
  'guardrail.violation': {
    summary: 'A rule of `guardrails:` was broken.',
    payload: guardrailViolationPayloadSchema,
    example: {
      correlation: RUN,
      payload: { rule: 'max_file_operations', action: 'observed', value: 101, limit: 100 },
    },
  },
  'vm.snapshot': {
    summary: 'The state of a virtual machine changed.',
    payload: z.object({ name: text, state: text }),
    example: { payload: { name: 'builder', state: 'running' } },
  },
  'container.snapshot': {
    summary: 'The state of a container changed.',
    payload: z.object({ name: text, image: text, state: text }),
    example: { payload: { name: 'agent-1', image: 'my-agent:1', state: 'running' } },
  },
  feedback: {
    summary: 'A judgement of a session.',
    payload: feedbackPayloadSchema,
    example: { payload: { score: 4, scale: 5, note: 'right, but slow', feedback_source: 'person' } },
  },
};
