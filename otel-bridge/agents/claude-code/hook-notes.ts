import type { JsonObject } from '../../domain/event.ts';
import { entryOf } from '../../domain/values.ts';
import type { HookMeaning } from './hook-event.ts';

/** A field under another name: `[theirs, ours]`. */
type Field = string | readonly [string, string];

/**
 * Hooks that tell of something which is stored, logged and shown, and counts nowhere: event type and the fields that
 * are kept. Texts of people and models are called `text`, as which the privacy settings know them.
 */
const NOTES: Readonly<Record<string, readonly [type: string, ...fields: readonly Field[]]>> = {
  Setup: ['agent.setup', 'trigger'],
  UserPromptExpansion: ['agent.prompt_expansion', 'expansion_type', 'command_name', 'command_source'],
  PermissionRequest: ['agent.permission_request', 'tool_name'],
  Notification: ['agent.notification', 'notification_type', 'title', 'message'],
  TaskCreated: ['agent.todo_created', 'task_id', ['task_subject', 'text'], 'teammate_name', 'team_name'],
  TaskCompleted: ['agent.todo_completed', 'task_id', ['task_subject', 'text'], 'teammate_name', 'team_name'],
  TeammateIdle: ['agent.teammate_idle', 'teammate_name', 'team_name'],
  InstructionsLoaded: ['agent.instructions_loaded', 'file_path', 'memory_type', 'load_reason'],
  ConfigChange: ['agent.config_change', 'source', 'file_path'],
  CwdChanged: ['agent.cwd_changed', 'old_cwd', 'new_cwd'],
  DirectoryAdded: ['agent.directory_added', 'directory', 'source'],
  FileChanged: ['agent.file_changed', 'file_path', ['event', 'change']],
  WorktreeCreate: ['agent.worktree_create', 'name'],
  WorktreeRemove: ['agent.worktree_remove', 'worktree_path'],
  PreModelSwitch: ['agent.model_switch_requested', 'from_model', 'to_model', 'requested_model', 'source'],
  PostModelSwitch: [
    'agent.model_switch',
    'from_model',
    'to_model',
    'requested_model',
    'source',
    'context_tokens',
    'prompt_cache_warm',
    'cache_ttl',
    'estimated_cache_write_usd',
  ],
  Elicitation: ['agent.elicitation', ['mcp_server_name', 'mcp_server'], 'mode'],
  ElicitationResult: ['agent.elicitation_result', ['mcp_server_name', 'mcp_server'], 'mode', 'action'],
};

/** Fields that every hook has, or that name files which are nobody's business. */
const COMMON = new Set([
  'session_id',
  'transcript_path',
  'agent_transcript_path',
  'scratchpad_dir',
  'cwd',
  'hook_event_name',
  'prompt_id',
  'permission_mode',
  'effort',
  'agent_id',
  'agent_type',
]);
const MAX_UNKNOWN_LENGTH = 256;

/** What a hook tells that has no meaning of its own in the bridge. One that is not known yet is kept with what it says in short. */
export function note(name: string, input: JsonObject): HookMeaning {
  const known = entryOf(NOTES, name);
  if (known === undefined) {
    const kept = Object.entries(input).filter(([key, value]) => !COMMON.has(key) && isShort(value));
    return { type: `agent.${snakeCase(name)}`, payload: Object.fromEntries(kept) };
  }
  const [type, ...fields] = known;
  const payload: JsonObject = {};
  for (const field of fields) {
    const [theirs, ours] = typeof field === 'string' ? [field, field] : field;
    const value = input[theirs];
    if (value !== undefined && value !== null && typeof value !== 'object') payload[ours] = value;
  }
  return { type, payload };
}

function isShort(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= MAX_UNKNOWN_LENGTH
    : typeof value === 'number' || typeof value === 'boolean';
}

function snakeCase(name: string): string {
  return name
    .slice(0, MAX_UNKNOWN_LENGTH)
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toLowerCase();
}
