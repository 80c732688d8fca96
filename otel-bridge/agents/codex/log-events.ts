import type { Correlation, JsonObject } from '../../domain/event.ts';
import type {
  ApiRequestPayload,
  PromptPayload,
  SessionStartPayload,
  SpanPayload,
  ToolDecisionPayload,
} from '../../domain/payload.ts';
import { entryOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { PlainAttributes } from '../adapter.ts';
import { attributeReader } from '../attribute-reader.ts';
import { modeName } from './mode-name.ts';
import { patchPayload } from './patch-lines.ts';
import { tokenCounts } from './token-counts.ts';
import { codexTool } from './tool-name.ts';
import { toolOutcome } from './tool-outcome.ts';

/** The part of an event that depends on what kind of record it comes from. */
export interface RecordMeaning {
  readonly type: string;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
}

type Read = ReturnType<typeof attributeReader>;

/** Codex writes this where a text is not exported. */
const REDACTED = '[REDACTED]';
/** What Codex calls the agent that a person speaks with; sub-agents have names of their own. */
const MAIN_AGENT = '/root';
const HTTP_OK_BELOW = 400;

/** What each record of Codex means, by `event.name`. Others are about the inside of the program and tell nothing. */
const MEANINGS: Readonly<Record<string, (read: Read) => RecordMeaning[]>> = {
  conversation_starts: conversationStarts,
  user_prompt: userPrompt,
  api_request: apiAttempt,
  sse_event: streamEvent,
  tool_decision: toolDecision,
  tool_result: toolResult,
  sandbox_outcome: sandboxOutcome,
  turn_ttft: turnTtft,
};

/** What a log record means; nothing where it is of no interest. @param name its `event.name`, without `codex.` */
export function recordMeanings(name: string, attributes: PlainAttributes): RecordMeaning[] {
  return entryOf(MEANINGS, name)?.(attributeReader(attributes)) ?? [];
}

/** Written at the start of every process that works in a conversation: a resume is not told apart. */
function conversationStarts(read: Read): RecordMeaning[] {
  const { text } = read;
  const payload: SessionStartPayload = present({
    start_type: isHelper(read) ? 'auxiliary' : undefined,
    agent_version: text('app.version'),
  });
  const settings = present({
    provider: text('provider_name'),
    effort: text('reasoning_effort'),
    approval_policy: text('approval_policy'),
    sandbox_policy: text('sandbox_policy'),
    permission_mode: modeName(text('approval_policy'), text('sandbox_policy')),
    model: text('model'),
  });
  return [{ type: 'session.start', payload: { ...payload, ...settings } }];
}

/**
 * The terminal lets a model find a title for each of the first prompts, in a conversation of its own that is never
 * written to disk. Every conversation of a person has the terminal's own MCP server.
 */
function isHelper({ text }: Read): boolean {
  const servers = (text('mcp_servers') ?? '').split(',').map((name) => name.trim());
  return text('originator') === 'codex-tui' && !servers.includes('codex_tui');
}

/** A prompt starts a run. Codex gives it no id: its length and its place tell it from others. */
function userPrompt({ text, number }: Read): RecordMeaning[] {
  const prompt = text('prompt');
  const payload: PromptPayload = present({
    length: number('prompt_length'),
    text: prompt === REDACTED ? undefined : prompt,
  });
  return [{ type: 'prompt', payload: { ...payload } }];
}

/** One try of a model call. Only those that failed are told, and none is counted: Codex repeats them by itself. */
function apiAttempt({ text, number }: Read): RecordMeaning[] {
  const status = number('http.response.status_code');
  const message = text('error.message');
  if (message === undefined && (status === undefined || status < HTTP_OK_BELOW)) return [];
  const payload = present({
    error_type: status === undefined ? 'connection' : String(status),
    error_message: message,
    endpoint: text('endpoint'),
    attempt: number('attempt'),
    duration_ms: number('duration_ms'),
  });
  return [{ type: 'agent.api_retry', payload }];
}

/** The end of a model call. Codex writes it twice; only the second one knows the tokens. */
function streamEvent({ text, number }: Read): RecordMeaning[] {
  const usage = tokenCounts({
    input: number('input_token_count'),
    cached: number('cached_token_count'),
    cacheWrite: number('cache_write_token_count'),
    output: number('output_token_count'),
    reasoning: number('reasoning_token_count'),
    // tool_token_count is input and output together.
  });
  if (usage === undefined || text('event.kind') !== 'response.completed') return [];
  const payload: ApiRequestPayload = {
    ...present({ model: text('model'), effort: text('model_reasoning_effort') }),
    ...usage,
    sparse: true,
  };
  return [{ type: 'api.request', payload: { ...payload } }];
}

const ACCEPTED = /^approved/;
const LASTING = /_for_session$|_amendment$/;

function toolDecision({ text }: Read): RecordMeaning[] {
  const callId = text('call_id');
  const name = text('tool_name');
  const decision = text('decision') ?? '';
  const accepted = ACCEPTED.test(decision);
  const payload: ToolDecisionPayload = present({
    tool_name: name === undefined ? undefined : codexTool(name, text('tool_namespace')).tool_name,
    tool_use_id: callId,
    decision: accepted ? 'accept' : 'reject',
    decision_source: decisionSource(text('source'), decision, accepted),
  });
  return [{ type: 'tool.decision', correlation: { spanId: callId }, payload: { ...payload } }];
}

function decisionSource(source: string | undefined, decision: string, accepted: boolean): string | undefined {
  if (source?.toLowerCase() !== 'user') return source?.toLowerCase();
  if (accepted) return LASTING.test(decision) ? 'user_permanent' : 'user_temporary';
  return decision === 'abort' ? 'user_abort' : 'user_reject';
}

function toolResult({ text, number, boolean }: Read): RecordMeaning[] {
  const callId = text('call_id');
  const name = text('tool_name');
  if (name === undefined) return [];
  const tool = codexTool(name, text('tool_namespace'));
  const argument = text('arguments');
  const output = text('output') ?? '';
  const outcome = toolOutcome(boolean('success'), output);
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    ...tool,
    tool_use_id: callId,
    ...outcome,
    duration_ms: number('duration_ms'),
    input_size_bytes: argument === undefined ? undefined : Buffer.byteLength(argument),
    output_size_bytes: boolean('output_truncated') === true ? undefined : Buffer.byteLength(output),
    ...patchPayload(tool.tool_name, argument, outcome.status, true),
    arguments: argument,
    output: output === '' ? undefined : output,
    subagent_id: text('agent_name') === MAIN_AGENT ? undefined : text('agent_name'),
  });
  const ended: RecordMeaning = {
    type: 'span.end',
    correlation: { spanId: callId },
    payload: { ...payload },
  };
  const child = tool.tool_name === 'spawn_agent' ? spawnedSession(output) : undefined;
  return child === undefined ? [ended] : [ended, subagentStart(child, text('conversation.id'))];
}

/** The conversation of a new sub-agent, as its parent's tool answers. */
function spawnedSession(output: string): string | undefined {
  try {
    return textOf(objectOf(JSON.parse(output))?.agent_id);
  } catch {
    // It was not started: the answer is a sentence.
    return undefined;
  }
}

/** Nothing that the sub-agent's own records say leads to its parent. */
function subagentStart(sessionId: string, parentSessionId: string | undefined): RecordMeaning {
  return {
    type: 'session.start',
    correlation: { sessionId },
    payload: { start_type: 'subagent', ...present({ parent_session_id: parentSessionId }) },
  };
}

function sandboxOutcome({ text, number }: Read): RecordMeaning[] {
  const payload = present({
    tool_name: text('tool_name'),
    tool_use_id: text('call_id'),
    sandbox_outcome: text('outcome'),
    duration_ms: number('initial_duration_ms'),
  });
  return [{ type: 'agent.sandbox_outcome', payload }];
}

function turnTtft({ number }: Read): RecordMeaning[] {
  const ttftMs = number('duration_ms');
  return ttftMs === undefined ? [] : [{ type: 'agent.turn_ttft', payload: { ttft_ms: ttftMs } }];
}
