import type { Correlation } from '../../domain/event.ts';
import type { PromptPayload, SpanPayload } from '../../domain/payload.ts';
import { entryOf, numberOf, objectOf, present } from '../../domain/values.ts';
import type { PlainAttributes } from '../adapter.ts';
import { type AttributeReader, attributeReader } from '../attribute-reader.ts';
import { compactionId } from '../gemini-records/compaction-id.ts';
import { type CallSource, failedCall, modelCall } from '../gemini-records/model-call.ts';
import { otherRecord, type RecordMeaning } from '../gemini-records/record-meaning.ts';
import { fileOperation, toolAction } from '../gemini-records/tool-action.ts';
import { exitCodeIn, failedStatus } from '../gemini-records/tool-outcome.ts';
import { readPromptId } from './prompt-id.ts';

const PREFIX = 'qwen-code.';
/** The beginning of a call, and what its tool call tells as well. */
const SILENT = new Set(['qwen-code.api_request', 'qwen-code.file_operation']);

type Meaning = (read: AttributeReader, attributes: PlainAttributes) => RecordMeaning[];

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'session.start': ({ text }) => [
    { type: 'session.start', payload: present({ start_type: text('start_type') ?? text('source') }) },
  ],
  'session.end': ({ text }) => [{ type: 'session.end', payload: present({ reason: text('reason') }) }],
  user_prompt: userPrompt,
  api_response: (read) => [modelCallRecord(read, modelCall(read, callSource(read)))],
  api_error: (read) => [modelCallRecord(read, failedCall(read, callSource(read)))],
  tool_call: toolCall,
  chat_compression: compaction,
  conversation_finished: ({ number }) => [
    { type: 'run.end', payload: present({ status: 'success', turns: number('turnCount') }) },
  ],
  slash_command: ({ text }) => [
    { type: 'agent.command', payload: present({ command_name: text('command'), status: text('status') }) },
  ],
};

/**
 * What a record of Qwen Code means: one of its log records, or the same record in a transcript.
 * @param name its `event.name`
 */
export function qwenRecord(name: string, attributes: PlainAttributes): RecordMeaning[] {
  if (SILENT.has(name)) return [];
  const shortName = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  const meaning = entryOf(MEANINGS, shortName);
  if (meaning === undefined) return [otherRecord(shortName, attributes)];
  return meaning(attributeReader(attributes), attributes);
}

function runOf({ text }: AttributeReader): Partial<Correlation> {
  return present({ runId: readPromptId(text('prompt_id')).runId });
}

function userPrompt(read: AttributeReader): RecordMeaning[] {
  const { text, number } = read;
  const payload: PromptPayload = present({
    prompt_id: text('prompt_id'),
    length: number('prompt_length'),
    text: text('prompt'),
  });
  return [{ type: 'prompt', correlation: runOf(read), payload: { ...payload } }];
}

function modelCallRecord(read: AttributeReader, payload: ReturnType<typeof modelCall>): RecordMeaning {
  return { type: 'api.request', correlation: runOf(read), payload: { ...payload } };
}

/** Who called: the conversation, a sub-agent, or Qwen Code for itself (titles, suggestions, memory). */
function callSource({ text }: AttributeReader): CallSource {
  const promptId = text('prompt_id');
  const { runId, subagentId } = readPromptId(promptId);
  const subagent = text('subagent_name');
  if (subagent !== undefined || subagentId !== undefined) {
    return present({ query_source: 'subagent', subagent, subagent_id: subagentId });
  }
  if (runId !== undefined || promptId === undefined) return { query_source: 'main' };
  return { query_source: 'auxiliary', purpose: purposeOf(promptId) };
}

/** `prompt_suggestion` of `prompt_suggestion` or `side-query:auto-title`; without what tells one call from the next. */
function purposeOf(promptId: string): string {
  return promptId.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{6,}/g, '').replace(/[#:_-]+$/, '') || 'other';
}

function toolCall(read: AttributeReader, attributes: PlainAttributes): RecordMeaning[] {
  const { text, number } = read;
  const toolName = text('function_name');
  const toolUseId = text('call_id');
  const decision = text('decision');
  const metadata = objectOf(attributes.get('metadata')) ?? {};
  const { subagentId } = readPromptId(text('prompt_id'));
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    tool_name: toolName,
    tool_use_id: toolUseId,
    action: toolName === undefined ? undefined : toolAction(toolName, text('tool_type') === 'mcp'),
    ...outcome(read),
    duration_ms: number('duration_ms'),
    output_size_bytes: number('content_length'),
    error_type: text('error_type'),
    arguments: argumentsOf(attributes.get('function_args')),
    mcp_server: text('mcp_server_name'),
    file_operation: toolName === undefined ? undefined : fileOperation(toolName),
    lines_added: numberOf(metadata.model_added_lines),
    lines_removed: numberOf(metadata.model_removed_lines),
    subagent_id: subagentId,
  });
  const correlation = { ...runOf(read), ...present({ spanId: toolUseId }) };
  const ended: RecordMeaning = { type: 'span.end', correlation, payload: { ...payload } };
  if (decision === undefined) return [ended];
  const decided = present({
    tool_name: toolName,
    tool_use_id: toolUseId,
    decision: decision === 'reject' ? 'reject' : 'accept',
    decision_source: decision === 'auto_accept' ? 'config' : undefined,
    subagent_id: subagentId,
  });
  return [ended, { type: 'tool.decision', correlation, payload: decided }];
}

function outcome({ text, boolean }: AttributeReader): Pick<SpanPayload, 'status' | 'exit_code'> {
  if (boolean('success') === true) return { status: 'success' };
  if (text('status') === 'cancelled') return { status: 'cancelled' };
  if (text('decision') === 'reject') return { status: 'rejected' };
  const exitCode = exitCodeIn(text('error'));
  const failed = failedStatus(text('error_type'), exitCode);
  const status = failed === 'failure' && text('execution_status') === 'not_started' ? 'error' : failed;
  return present({ status, exit_code: exitCode });
}

function argumentsOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function compaction(read: AttributeReader): RecordMeaning[] {
  const { number } = read;
  const preTokens = number('tokens_before');
  const postTokens = number('tokens_after');
  const payload: SpanPayload = present({
    kind: 'compaction' as const,
    status: 'success',
    pre_tokens: preTokens,
    post_tokens: postTokens,
  });
  const correlation = { ...runOf(read), ...present({ spanId: compactionId(preTokens, postTokens) }) };
  return [{ type: 'span.end', correlation, payload: { ...payload } }];
}
