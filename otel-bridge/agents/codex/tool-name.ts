import type { SpanPayload } from '../../domain/payload.ts';
import { entryOf } from '../../domain/values.ts';

/** The name of a tool as it is counted, and the MCP server where it has one. */
export interface CodexTool {
  readonly tool_name: string;
  readonly action: NonNullable<SpanPayload['action']>;
  readonly mcp_server?: string;
  readonly mcp_tool?: string;
}

const MCP_PREFIX = 'mcp__';

const ACTIONS: Readonly<Record<string, NonNullable<SpanPayload['action']>>> = {
  exec_command: 'shell',
  write_stdin: 'shell',
  shell: 'shell',
  shell_command: 'shell',
  local_shell: 'shell',
  apply_patch: 'file',
  read_file: 'file',
  list_dir: 'file',
  grep_files: 'file',
  view_image: 'file',
  web_search: 'knowledge',
  tool_search: 'knowledge',
};

/**
 * Tells a tool from its name and namespace: Codex calls a tool of an MCP server by its bare name, in the namespace
 * `mcp__<server>`, and its own tools in `functions` or none.
 */
export function codexTool(name: string, namespace: string | undefined): CodexTool {
  if (namespace?.startsWith(MCP_PREFIX) !== true)
    return { tool_name: name, action: entryOf(ACTIONS, name) ?? 'other' };
  return {
    tool_name: `${namespace}__${name}`,
    action: 'api',
    mcp_server: namespace.slice(MCP_PREFIX.length),
    mcp_tool: name,
  };
}
