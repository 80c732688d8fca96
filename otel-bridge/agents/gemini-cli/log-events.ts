import type { Correlation } from '../../domain/event.ts';
import type { PromptPayload, SpanPayload } from '../../domain/payload.ts';
import { entryOf, numberOf, objectOf, present } from '../../domain/values.ts';
import type { PlainAttributes } from '../adapter.ts';
import { type AttributeReader, attributeReader } from '../attribute-reader.ts';
import { compactionId } from '../gemini-records/compaction-id.ts';
import { type CallSource, failedCall, modelCall } from '../gemini-records/model-call.ts';
import { otherRecord, type RecordMeaning } from '../gemini-records/record-meaning.ts';
import { fileOperation, isShell, toolAction } from '../gemini-records/tool-action.ts';
import { failedStatus } from '../gemini-records/tool-outcome.ts';
import { callFingerprint } from './call-identity.ts';

const PREFIX = 'gemini_cli.';
/** The beginning of a call, and its prompt once more: their end tells all that is counted. */
const SILENT = new Set([
  'gemini_cli.api_request',
  'gen_ai.client.inference.operation.details',
  'gemini_cli.file_operation',
  'gemini_cli.startup_stats',
]);

const MEANINGS: Readonly<Record<string, (read: AttributeReader) => RecordMeaning[]>> = {
  config: sessionStart,
  user_prompt: userPrompt,
  api_response: (read) => [
    { type: 'api.request', payload: { ...modelCall(read, callSource(read)), provider: 'google' } },
  ],
  api_error: (read) => [
    { type: 'api.request', payload: { ...failedCall(read, callSource(read)), provider: 'google' } },
  ],
  tool_call: toolCall,
  chat_compression: compaction,
  'agent.start': (read) => [subagentSpan(read, 'span.start')],
  'agent.finish': (read) => [subagentSpan(read, 'span.end')],
  'plan.approval_mode_switch': ({ text }) => [
    { type: 'mode.change', payload: present({ from_mode: text('from_mode'), to_mode: text('to_mode') }) },
  ],
  conversation_finished: ({ text, number }) => [
    {
      type: 'run.end',
      payload: present({
        status: 'success',
        turns: number('turnCount'),
        permission_mode: text('approvalMode'),
      }),
    },
  ],
  slash_command: ({ text }) => [
    { type: 'agent.command', payload: present({ command_name: text('command'), status: text('status') }) },
  ],
};

/** What a log record of Gemini CLI means. @param name its `event.name`. */
export function geminiRecord(name: string, attributes: PlainAttributes): RecordMeaning[] {
  if (SILENT.has(name)) return [];
  const shortName = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  const read = attributeReader(attributes);
  const meaning = entryOf(MEANINGS, shortName);
  if (meaning !== undefined) return meaning(read);
  const other = otherRecord(shortName, attributes);
  return isLastRecord(shortName, read)
    ? [other, { type: 'run.end', payload: { status: 'success' } }]
    : [other];
}

/** A process without a terminal says last of all for how long its mode was active; one that failed exports nothing. */
function isLastRecord(name: string, { boolean }: AttributeReader): boolean {
  return name === 'plan.approval_mode_duration' && boolean('interactive') === false;
}

function sessionStart({ text }: AttributeReader): RecordMeaning[] {
  return [
    {
      type: 'session.start',
      payload: present({ permission_mode: text('approval_mode'), model: text('model') }),
    },
  ];
}

/** A prompt without an id of its own: `prompt_id` is the session's where there is no terminal, and comes again. */
function userPrompt({ text, number }: AttributeReader): RecordMeaning[] {
  const payload: PromptPayload = present({ length: number('prompt_length'), text: text('prompt') });
  return [{ type: 'prompt', payload: { ...payload } }];
}

/** Who called: the conversation, a sub-agent, or Gemini CLI for itself (`utility_router`, `utility_summarizer`). */
function callSource(read: AttributeReader): CallSource {
  const role = read.text('role');
  const subagentId = subagentOf(read);
  if (role === 'subagent') return present({ query_source: 'subagent', subagent_id: subagentId });
  if (role === undefined || role === 'main') return { query_source: 'main' };
  return present({ query_source: 'auxiliary', purpose: role, subagent_id: subagentId });
}

/** One call ended. Whether it was allowed is told by the same record. */
function toolCall(read: AttributeReader): RecordMeaning[] {
  const { text, number, boolean } = read;
  const toolName = text('function_name') ?? 'unknown';
  const success = boolean('success') === true;
  const decision = text('decision');
  const errorType = text('error_type');
  const metadata = metadataOf(text('metadata'));
  const exitCode = numberOf(metadata.exitCode);
  const status = success ? 'success' : decision === 'reject' ? 'rejected' : failedStatus(errorType, exitCode);
  const payload: SpanPayload = present({
    kind: 'tool' as const,
    tool_name: toolName,
    fingerprint: callFingerprint(toolName, success, number('content_length')),
    action: toolAction(toolName, text('tool_type') === 'mcp'),
    status,
    // Gemini CLI calls every command a success and, unless prompts are exported, hides its exit code.
    complete: success && isShell(toolName) && exitCode === undefined ? false : undefined,
    exit_code: exitCode,
    duration_ms: number('duration_ms'),
    output_size_bytes: number('content_length'),
    error_type: errorType,
    arguments: text('function_args'),
    mcp_server: text('mcp_server_name'),
    file_operation: fileOperation(toolName),
    lines_added: numberOf(metadata.model_added_lines),
    lines_removed: numberOf(metadata.model_removed_lines),
    subagent_id: subagentOf(read),
  });
  const ended: RecordMeaning = { type: 'span.end', payload: { ...payload } };
  return decision === undefined ? [ended] : [ended, toolDecision(toolName, decision)];
}

/** The id of a sub-agent's prompt is the sub-agent's own and a number, `<id>#0`; a session's is `<id>########0`. */
function subagentOf({ text }: AttributeReader): string | undefined {
  const [owner, turn] = (text('prompt_id') ?? '').split('#');
  return turn === undefined || turn === '' || owner === text('session.id') ? undefined : owner;
}

function toolDecision(toolName: string, decision: string): RecordMeaning {
  return {
    type: 'tool.decision',
    payload: present({
      tool_name: toolName,
      decision: decision === 'reject' ? 'reject' : 'accept',
      decision_source: decision === 'auto_accept' ? 'config' : undefined,
    }),
  };
}

function metadataOf(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    return objectOf(JSON.parse(text)) ?? {};
  } catch {
    // It was cut by an attribute limit; it only adds to what the record says.
    return {};
  }
}

function compaction({ number }: AttributeReader): RecordMeaning[] {
  const preTokens = number('tokens_before');
  const postTokens = number('tokens_after');
  const payload: SpanPayload = present({
    kind: 'compaction' as const,
    status: 'success',
    pre_tokens: preTokens,
    post_tokens: postTokens,
  });
  return [
    {
      type: 'span.end',
      correlation: { spanId: compactionId(preTokens, postTokens) },
      payload: { ...payload },
    },
  ];
}

/** Reasons of an end that is none of its own. */
const CANCELLED = new Set(['ABORTED', 'CANCELLED']);

function subagentSpan({ text, number }: AttributeReader, type: 'span.start' | 'span.end'): RecordMeaning {
  const id = text('agent_id');
  const reason = text('terminate_reason');
  const payload: SpanPayload = present({
    kind: 'subagent' as const,
    subagent: text('agent_name'),
    subagent_id: id,
    duration_ms: number('duration_ms'),
    status: reason === undefined ? undefined : subagentStatus(reason),
    error_type: reason === undefined || reason === 'GOAL' ? undefined : reason,
  });
  const correlation: Partial<Correlation> = present({ spanId: id });
  return { type, correlation, payload: { ...payload } };
}

function subagentStatus(reason: string): string {
  if (reason === 'GOAL') return 'success';
  return CANCELLED.has(reason) ? 'cancelled' : 'failure';
}
