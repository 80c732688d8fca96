import { CONTENT, type ContentMask } from './content.ts';
import type { Context } from './context.ts';
import { endsInWord } from './normalise-key.ts';

/** What a key's value is: content of a fixed kind, or of the kind that the context says. */
export type ContentRule =
  | { readonly kind: 'fixed'; readonly mask: ContentMask }
  | { readonly kind: 'context'; readonly part: keyof Context }
  /** Says in short what a tool works on: a path, or part of its arguments. */
  | { readonly kind: 'summary' };

const { prompts, responses, toolArguments, toolOutput, filePaths } = CONTENT;

/** Names of content wherever they stand in a key: `gen_ai.prompt.0.content`, `copilot.tool.parameters.command`. */
const ANYWHERE: readonly [string, ContentMask][] = [
  ['input_messages', prompts],
  ['system_instructions', prompts],
  ['system_prompt', prompts],
  ['user_prompt', prompts],
  ['gen_ai_prompt', prompts],
  ['ai_prompt', prompts],
  ['prompt_argument', prompts],
  ['output_messages', responses],
  ['ai_response_object', responses],
  ['gen_ai_completion', responses],
  ['model_output', responses],
  ['tool_input', toolArguments],
  ['tool_parameters', toolArguments],
  ['tool_arguments', toolArguments],
  ['tool_args', toolArguments],
  ['tool_call_arguments', toolArguments],
  ['tool_call_args', toolArguments],
  ['request_argument', toolArguments],
  ['tool_output', toolOutput],
  ['tool_response', toolOutput],
  ['tool_result', toolOutput],
  ['tool_call_result', toolOutput],
  ['tool_use_result', toolOutput],
];

/** Names of content that stand alone: what a search or a permission is about, what a conversation is called. */
const ALONE: ReadonlyMap<string, ContentMask> = new Map([
  ['pattern', toolArguments],
  ['patterns', toolArguments],
  ['title', prompts],
]);

/** Names of content at the end of a key. */
const AT_END: readonly [string, ContentMask][] = [
  ['prompt', prompts],
  ['prompts', prompts],
  ['prompt_text', prompts],
  ['request_text', prompts],
  ['request_data', prompts],
  ['user_message', prompts],
  ['human_message', prompts],
  ['system_message', prompts],
  ['user_input', prompts],
  ['user_query', prompts],
  ['instructions', prompts],
  ['system_prompt_preview', prompts],
  ['system_reminders', prompts],
  ['new_context', prompts],
  ['additional_context', prompts],
  ['custom_instructions', prompts],
  ['session_title', prompts],
  ['conversation_title', prompts],
  ['terminal_title', prompts],
  ['ai_title', prompts],
  ['command_args', prompts],
  ['messages', prompts],
  ['transcript', prompts | responses],
  ['conversation', prompts | responses],
  ['chat_history', prompts | responses],
  ['response', responses],
  ['responses', responses],
  ['response_text', responses],
  ['completion', responses],
  ['last_assistant_message', responses],
  ['assistant_message', responses],
  ['assistant_texts', responses],
  ['last_assistant', responses],
  ['response_data', responses],
  ['thinking', responses],
  ['thought', responses],
  ['thoughts', responses],
  ['reasoning', responses],
  ['reasoning_content', responses],
  ['reasoning_text', responses],
  ['compact_summary', responses],
  ['arguments', toolArguments],
  ['args', toolArguments],
  ['params', toolArguments],
  ['parameters', toolArguments],
  ['command', toolArguments],
  ['full_command', toolArguments],
  ['command_line', toolArguments],
  ['cmdline', toolArguments],
  ['cmd', toolArguments],
  ['old_string', toolArguments],
  ['new_string', toolArguments],
  ['patch', toolArguments],
  ['diff', toolArguments],
  ['hook_definitions', toolArguments],
  ['stdout', toolOutput],
  ['stderr', toolOutput],
  ['structured_output', toolOutput],
];

/** Keys whose meaning depends on what they are in. */
const IN_CONTEXT: readonly [string, keyof Context][] = [
  ['input', 'input'],
  ['input_value', 'input'],
  ['request', 'input'],
  ['output', 'output'],
  ['output_value', 'output'],
  ['result', 'output'],
  ['content', 'text'],
  ['contents', 'text'],
  ['text', 'text'],
  ['parts', 'text'],
  ['body', 'text'],
  ['message', 'message'],
];

const PATH_WORDS = [
  'path',
  'paths',
  'file',
  'files',
  'filename',
  'file_name',
  'filepath',
  'cwd',
  'directory',
  'dir',
  'folder',
  'body_ref',
  'workspace',
];

/** Keys that end in the name of content and hold something else. */
const NOT_CONTENT = new Set([
  'process_command',
  'exception_message',
  'status_message',
  'url_path',
  'http_path',
  'api_request',
  'http_request',
  'agent_outcome_result',
]);

/** Last words of keys that measure content instead of holding it: `prompt_length`, `tool_input_size_bytes`. */
const MEASURES = new Set(
  'length size bytes chars count counts hash id ids uuid type types tokens truncated role'.split(' '),
);

/** Last words of keys that say something about content. Below the arguments of a tool they can be arguments. */
const DESCRIPTIONS = new Set([
  ...MEASURES,
  ...(
    'ms s duration seconds name kind format status index class source reason reasons model version scope decision ' +
    'ref error success'
  ).split(' '),
]);

/** Whether a normalised key names content, and of which kind. */
export function contentRule(normalised: string): ContentRule | null {
  if (normalised === 'error' || normalised === 'error_message') return { kind: 'context', part: 'error' };
  if (normalised === '' || NOT_CONTENT.has(normalised)) return null;
  const lastWord = normalised.slice(normalised.lastIndexOf('_') + 1);
  if (MEASURES.has(lastWord)) return null;
  const alone = ALONE.get(normalised);
  if (alone !== undefined) return { kind: 'fixed', mask: alone };
  const padded = `_${normalised}_`;
  for (const [name, mask] of ANYWHERE) if (padded.includes(`_${name}_`)) return { kind: 'fixed', mask };
  const path = PATH_WORDS.some((word) => endsInWord(normalised, word));
  if (DESCRIPTIONS.has(lastWord) && !path) return null;
  for (const [name, mask] of AT_END) if (endsInWord(normalised, name)) return { kind: 'fixed', mask };
  for (const [name, part] of IN_CONTEXT) if (endsInWord(normalised, name)) return { kind: 'context', part };
  if (endsInWord(normalised, 'summary')) return { kind: 'summary' };
  return path ? { kind: 'fixed', mask: filePaths } : null;
}

/** The kinds of content that a message of a conversation holds, by its `type` or `role`; null = not a message. */
export function messageMask(type: unknown, role: unknown): ContentMask | null {
  switch (type) {
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
    case 'tool_call':
    case 'function_call':
      return toolArguments;
    case 'tool_result':
    case 'tool_call_response':
    case 'function_call_output':
    case 'mcp_tool_result':
      return toolOutput;
    case 'thinking':
    case 'reasoning':
      return responses;
  }
  switch (role) {
    case 'user':
    case 'system':
    case 'developer':
    case 'human':
      return prompts;
    case 'assistant':
    case 'model':
    case 'ai':
      return responses;
    case 'tool':
    case 'function':
      return toolOutput;
  }
  return null;
}

/** True for keys that hold whole conversations: text that cannot be taken apart needs every kind to be open. */
export function isConversationKey(normalised: string): boolean {
  return /(?:^|_)(?:messages|body)$/.test(normalised);
}
