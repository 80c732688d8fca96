import type { Correlation, JsonObject } from '../../domain/event.ts';
import type {
  ApiRequestPayload,
  FeedbackPayload,
  ModeChangePayload,
  PromptPayload,
  RefusalPayload,
  SpanPayload,
  ToolDecisionPayload,
} from '../../domain/payload.ts';
import { remembering } from '../../domain/remembering.ts';
import { booleanOf, entryOf, numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import { windowInName } from '../../domain/window-in-name.ts';
import type { PlainAttributes } from '../adapter.ts';
import { attributeReader } from '../attribute-reader.ts';
import { compactionId } from './compaction-id.ts';
import { plainModel } from './plain-model.ts';
import { readQuerySource } from './query-source.ts';
import { toolAction } from './tool-action.ts';
import { namedTool } from './tool-input.ts';

/** The part of an event that depends on what kind of record it comes from. */
export interface RecordMeaning {
  readonly type: string;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
}

type Read = ReturnType<typeof attributeReader>;

/** Claude Code writes this where a text is not exported. */
const REDACTED = '<REDACTED>';

/** What each record of Claude Code means, by `event.name`. Any other is kept as `agent.<name>`. */
const MEANINGS: Readonly<Record<string, (read: Read, attributes: PlainAttributes) => RecordMeaning>> = {
  user_prompt: userPrompt,
  api_request: apiRequest,
  api_error: apiError,
  tool_decision: toolDecision,
  tool_result: toolResult,
  compaction,
  api_refusal: refusal,
  permission_mode_changed: modeChange,
  subagent_completed: subagentCompleted,
  feedback_survey: feedbackSurvey,
};

/** What a log record means. @param name its `event.name`, without the prefix `claude_code.`. */
export function recordMeaning(name: string, attributes: PlainAttributes): RecordMeaning {
  const meaning = entryOf(MEANINGS, name);
  return meaning === undefined
    ? { type: `agent.${name}`, payload: otherAttributes(attributes) }
    : meaning(attributeReader(attributes), attributes);
}

/** A prompt starts a run; a command that Claude Code answers by itself (`/clear`, `/exit`) is no prompt. */
function userPrompt({ text, number }: Read): RecordMeaning {
  const promptId = text('prompt.id');
  const command = text('command_name');
  if (command !== undefined && text('command_source') === 'builtin' && text('message.uuid') === undefined) {
    return { type: 'agent.command', payload: present({ command_name: command, prompt_id: promptId }) };
  }
  const prompt = unlessRedacted(text('prompt'));
  const payload: PromptPayload = present({
    prompt_id: promptId,
    length: number('prompt_length'),
    text: prompt,
    message_uuid: text('message.uuid'),
    command_name: command,
  });
  return { type: 'prompt', payload: asJson(payload) };
}

function apiRequest(read: Read): RecordMeaning {
  const { number } = read;
  const payload: ApiRequestPayload = present({
    ...modelCall(read),
    input_tokens: number('input_tokens'),
    output_tokens: number('output_tokens'),
    cache_read_tokens: number('cache_read_tokens'),
    cache_creation_tokens: number('cache_creation_tokens'),
    cache_creation_1h_tokens: number('cache_creation_1h_tokens'),
    // cost_usd_micros is rounded per call: sums of it drift.
    cost_usd: number('cost_usd'),
    ttft_ms: number('ttft_ms'),
  });
  return { type: 'api.request', payload: asJson(payload) };
}

/**
 * A call that failed for good. Without the provider's request id the transcript's word for it is found by its tokens:
 * both say that it had none.
 */
function apiError(read: Read): RecordMeaning {
  const { text } = read;
  const payload: ApiRequestPayload = present({
    ...modelCall(read),
    error_type: text('status_code') ?? text('error_type') ?? 'error',
    error_message: text('error'),
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
  });
  return { type: 'api.request', payload: asJson(payload) };
}

/** What a finished and a failed call have in common; undefined where the record does not say it. */
function modelCall({ text, number }: Read): {
  [Key in keyof ApiRequestPayload]?: ApiRequestPayload[Key] | undefined;
} {
  return {
    request_id: text('request_id'),
    model: plainModel(text('model')),
    duration_ms: number('duration_ms'),
    ...readQuerySource(text('query_source'), text('agent.name')),
    subagent_id: text('agent_id'),
    skill: text('skill.name'),
    plugin: text('plugin.name'),
    mcp_server: text('mcp_server.name'),
    mcp_tool: text('mcp_tool.name'),
    context_window_tokens: windowInName(text('model') ?? '') ?? undefined,
    effort: text('effort'),
    speed: text('speed'),
    attempt: number('attempt'),
    retries: retriesOf(number('attempt')),
  };
}

/** The first attempt is none that was repeated. */
function retriesOf(attempt: number | undefined): number | undefined {
  return attempt === undefined || attempt <= 1 ? undefined : attempt - 1;
}

function refusal({ text }: Read): RecordMeaning {
  const payload: RefusalPayload = present({
    category: text('category'),
    model: plainModel(text('model')),
    request_id: text('request_id'),
  });
  return { type: 'refusal', payload: asJson(payload) };
}

function modeChange({ text }: Read): RecordMeaning {
  const payload: ModeChangePayload = present({
    from_mode: text('from_mode'),
    to_mode: text('to_mode'),
    trigger: text('trigger'),
  });
  return { type: 'mode.change', payload: asJson(payload) };
}

/** What a person may answer when Claude Code asks how it does, as scores of 5 (`monitor rate` has the same scale). */
const SURVEY_SCORES: Readonly<Record<string, number>> = { bad: 1, fine: 3, good: 5 };
/** Surveys about the session; others ask about a feature or a plugin. */
const SESSION_SURVEYS = new Set(['session', 'post_compact', 'long_context']);

/** An answer that is a judgement of the session is its score; that the question appeared or was dismissed is none. */
function feedbackSurvey({ text }: Read, attributes: PlainAttributes): RecordMeaning {
  const survey = text('survey_type');
  const response = text('response') ?? '';
  const score = text('event_type') === 'responded' ? entryOf(SURVEY_SCORES, response) : undefined;
  if (score === undefined || !SESSION_SURVEYS.has(survey ?? 'session')) {
    return { type: 'agent.feedback_survey', payload: otherAttributes(attributes) };
  }
  const payload: FeedbackPayload = present({
    score,
    scale: 5,
    feedback_source: 'survey',
    survey_type: survey,
    response,
  });
  return { type: 'feedback', payload: asJson(payload) };
}

/** The tokens that it tells are those of its last call alone. */
function subagentCompleted({ text, number }: Read): RecordMeaning {
  const payload: SpanPayload = present({
    kind: 'subagent' as const,
    status: 'success',
    duration_ms: number('duration_ms'),
    subagent: text('agent_type'),
    subagent_id: text('agent_id'),
  });
  return { type: 'span.end', correlation: { spanId: text('agent_id') }, payload: asJson(payload) };
}

function toolDecision({ text }: Read): RecordMeaning {
  const toolUseId = text('tool_use_id');
  const payload: ToolDecisionPayload = present({
    tool_name: text('tool_name'),
    tool_use_id: toolUseId,
    decision: text('decision'),
    decision_source: text('source'),
    permission_mode: text('permission_mode'),
    request_id: text('request_id'),
    subagent_id: text('agent_id'),
  });
  return { type: 'tool.decision', correlation: { spanId: toolUseId }, payload: asJson(payload) };
}

/** Errors of a tool that did not run at all. */
const NOT_RUN = new Set(['InputValidationError', 'UnknownToolError']);
const CANCELLED = new Set(['AbortError', 'APIUserAbortError']);

/** JSON that Claude Code writes of a call where its details are exported; empty where they are not. */
function toolParameters(text: string | undefined): JsonObject {
  try {
    return objectOf(JSON.parse(text ?? '{}')) ?? {};
  } catch {
    // Cut to its longest allowed length.
    return {};
  }
}

function toolResult({ text, number, boolean }: Read): RecordMeaning {
  const parameters = toolParameters(text('tool_parameters'));
  const toolUseId = text('tool_use_id');
  const toolName = text('tool_name');
  const errorType = text('error_type');
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: toolUseId,
    action: toolName === undefined ? undefined : toolAction(toolName),
    status: toolStatus(boolean('success'), errorType),
    duration_ms: number('duration_ms'),
    input_size_bytes: number('tool_input_size_bytes'),
    output_size_bytes: number('tool_result_size_bytes'),
    error_type: errorType,
    ...(toolName === undefined ? {} : namedTool(toolName)),
    ...present({
      mcp_server: textOf(parameters.mcp_server_name),
      mcp_tool: textOf(parameters.mcp_tool_name),
      skill: textOf(parameters.skill_name),
      subagent: textOf(parameters.subagent_type),
    }),
    commit_sha: textOf(parameters.git_commit_id) ?? text('vcs.ref.head.revision'),
    decision: text('decision_type'),
    decision_source: text('decision_source'),
    arguments: unlessRedacted(text('tool_input') ?? text('tool_parameters')),
    request_id: text('request_id'),
    subagent_id: text('agent_id'),
  });
  return { type: 'span.end', correlation: { spanId: toolUseId }, payload: asJson(payload) };
}

function toolStatus(success: boolean | undefined, errorType: string | undefined): string | undefined {
  if (success === undefined) return undefined;
  if (success) return 'success';
  if (errorType !== undefined && NOT_RUN.has(errorType)) return 'error';
  return errorType !== undefined && CANCELLED.has(errorType) ? 'cancelled' : 'failure';
}

function compaction({ text, number, boolean }: Read): RecordMeaning {
  const trigger = text('trigger');
  const postTokens = number('post_tokens');
  const payload: SpanPayload = present({
    kind: 'compaction' as const,
    status: boolean('success') === false ? 'failure' : 'success',
    trigger,
    duration_ms: number('duration_ms'),
    pre_tokens: number('pre_tokens'),
    post_tokens: postTokens,
    error_type: text('error'),
  });
  return {
    type: 'span.end',
    correlation: { spanId: compactionId(trigger, postTokens) },
    payload: asJson(payload),
  };
}

/** Attributes that every record has, or that say who the user is: not part of what happened. */
const STANDARD = new Set([
  'session.id',
  'prompt.id',
  'event.name',
  'event.timestamp',
  'event.sequence',
  'terminal.type',
  'project',
  'agent',
  'organization.id',
]);
const STANDARD_PREFIXES = ['user.', 'app.', 'anthropic.', 'identity.', 'host.', 'os.', 'service.', 'vcs.'];

/** Names of attributes that are numbers even where they are written as text. */
const NUMERIC =
  /(?:_ms|_bytes|_tokens|_length|_count|_uses|_usd|_micros|^attempt|_attempts|^status_code)$|^num_/;

/** What is made of an attribute; `none` where it is not part of what happened. */
type AttributeUse = 'number' | 'plain' | 'none';

/** Claude Code has about a hundred names; a sender that invents more gets no memory of ours. */
const NAMES = { maxLength: 200, count: 1024 };

const useOf = remembering((name): AttributeUse => {
  const isStandard = STANDARD.has(name) || STANDARD_PREFIXES.some((prefix) => name.startsWith(prefix));
  return isStandard ? 'none' : NUMERIC.test(name) ? 'number' : 'plain';
}, NAMES);

/** Everything else that a record tells, numbers and booleans as such. */
function otherAttributes(attributes: PlainAttributes): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of attributes) {
    if (value === null || value === REDACTED) continue;
    const use = useOf(name);
    if (use !== 'none') kept[name] = (use === 'number' ? numberOf(value) : booleanOf(value)) ?? value;
  }
  // In the bridge's own words, or usage by it would have rows of nothing under Claude Code's.
  const source = textOf(kept.query_source);
  return source === undefined
    ? kept
    : { ...kept, ...readQuerySource(source, textOf(attributes.get('agent.name'))) };
}

/** A payload as the event has it: its keys are those that are there. */
function asJson(payload: object): JsonObject {
  return payload as JsonObject;
}

function unlessRedacted(text: string | undefined): string | undefined {
  return text === REDACTED ? undefined : text;
}
