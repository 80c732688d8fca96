import type { SpanPayload } from '../../domain/payload.ts';
import { entryOf } from '../../domain/values.ts';

const ACTIONS: Readonly<Record<string, NonNullable<SpanPayload['action']>>> = {
  run_shell_command: 'shell',
  list_background_processes: 'shell',
  read_background_output: 'shell',
  monitor: 'shell',
  read_file: 'file',
  read_many_files: 'file',
  write_file: 'file',
  replace: 'file',
  edit: 'file',
  notebook_edit: 'file',
  list_directory: 'file',
  glob: 'file',
  grep_search: 'file',
  search_file_content: 'file',
  web_fetch: 'api',
  google_web_search: 'knowledge',
  web_search: 'knowledge',
  activate_skill: 'knowledge',
  skill: 'knowledge',
  save_memory: 'knowledge',
  tool_search: 'knowledge',
};

const FILE_OPERATIONS: Readonly<Record<string, NonNullable<SpanPayload['file_operation']>>> = {
  read_file: 'read',
  read_many_files: 'read',
  write_file: 'write',
  replace: 'edit',
  edit: 'edit',
  notebook_edit: 'edit',
  list_directory: 'search',
  glob: 'search',
  grep_search: 'search',
  search_file_content: 'search',
};

/** The class of action of a tool. Tools of MCP servers are calls of an API. */
export function toolAction(toolName: string, isMcp: boolean): NonNullable<SpanPayload['action']> {
  return isMcp ? 'api' : (entryOf(ACTIONS, toolName) ?? 'other');
}

/** What a tool does to files; undefined for any other. */
export function fileOperation(toolName: string): SpanPayload['file_operation'] {
  return entryOf(FILE_OPERATIONS, toolName);
}

/** True for the tool that runs commands. */
export function isShell(toolName: string | undefined): boolean {
  return toolName === 'run_shell_command';
}
