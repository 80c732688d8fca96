import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { CliError } from '../errors.ts';

/** An answer to a tool call: JSON, as text and as structure. */
export function answer(value: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
}

/** Does it, or answers what is wrong and how it is mended, so that the agent can tell its user. */
export async function attempt(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const fix = error instanceof CliError && error.fix.length > 0 ? ` Remedy: ${error.fix.join('; ')}` : '';
    return { content: [{ type: 'text', text: `${message}.${fix}` }], isError: true };
  }
}
