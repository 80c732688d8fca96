import type { SpanPayload } from '../../domain/payload.ts';
import { entryOf } from '../../domain/values.ts';

const ACTIONS: Readonly<Record<string, NonNullable<SpanPayload['action']>>> = {
  Bash: 'shell',
  BashOutput: 'shell',
  KillShell: 'shell',
  PowerShell: 'shell',
  Monitor: 'shell',
  Read: 'file',
  Write: 'file',
  Edit: 'file',
  MultiEdit: 'file',
  NotebookEdit: 'file',
  NotebookRead: 'file',
  Glob: 'file',
  Grep: 'file',
  LS: 'file',
  LSP: 'file',
  WebFetch: 'api',
  WebSearch: 'knowledge',
  ToolSearch: 'knowledge',
  Skill: 'knowledge',
};

/** The class of action of one of Claude Code's tools. Tools of MCP servers are calls of an API. */
export function toolAction(toolName: string): NonNullable<SpanPayload['action']> {
  if (toolName.startsWith('mcp__') || toolName === 'mcp_tool') return 'api';
  return entryOf(ACTIONS, toolName) ?? 'other';
}
