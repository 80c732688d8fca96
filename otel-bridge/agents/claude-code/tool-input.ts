import type { SpanPayload } from '../../domain/payload.ts';
import { entryOf, present, textOf } from '../../domain/values.ts';

const FILE_OPERATIONS: Readonly<Record<string, NonNullable<SpanPayload['file_operation']>>> = {
  Read: 'read',
  NotebookRead: 'read',
  Write: 'write',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Glob: 'search',
  Grep: 'search',
};
/** Name of a tool of an MCP server: `mcp__github__create_issue`. */
const MCP_TOOL = /^mcp__(.+?)__(.+)$/;

/** What the name of a tool tells of a call. */
export function namedTool(toolName: string): Pick<SpanPayload, 'file_operation' | 'mcp_server' | 'mcp_tool'> {
  const [, mcpServer, mcpTool] = MCP_TOOL.exec(toolName) ?? [];
  return present({
    file_operation: entryOf(FILE_OPERATIONS, toolName),
    mcp_server: mcpServer,
    mcp_tool: mcpTool,
  });
}

/** What a call's input tells of it, whatever privacy allows: the caller leaves out what may not be told. */
export function toolInput(
  toolName: string,
  input: Readonly<Record<string, unknown>>,
): Pick<SpanPayload, 'file_operation' | 'mcp_server' | 'mcp_tool' | 'file_path' | 'skill'> {
  return {
    ...namedTool(toolName),
    ...present({
      file_path: textOf(input.file_path) ?? textOf(input.notebook_path) ?? textOf(input.path),
      skill: toolName === 'Skill' ? (textOf(input.skill) ?? textOf(input.command)) : undefined,
    }),
  };
}
