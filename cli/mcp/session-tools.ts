import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import { answer, attempt } from './answer.ts';
import type { McpContext } from './mcp-context.ts';

const sessionId = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .describe('Id of a session. Left out: the session that this agent runs.');

/** Anything that the bridge answers; it is passed on. */
const anything = z.looseObject({});

/** Registers the tools with which an agent asks: its own cost and limits, other sessions, usage. They change nothing. */
export function registerSessionTools(server: McpServer, context: McpContext): void {
  const readOnly = { readOnlyHint: true, openWorldHint: false };

  server.registerTool(
    'get_session',
    {
      title: 'Cost, tokens and context of a session',
      description:
        'Tells what a session used so far: runs, tool calls, tokens by type, cost in micro-dollars, context use, and when it began.',
      inputSchema: { session_id: sessionId },
      annotations: readOnly,
    },
    ({ session_id }) =>
      attempt(async () => {
        const id = await context.sessionOf(session_id);
        return answer(await context.get(`/v1/sessions/${encodeURIComponent(id)}`, {}, anything));
      }),
  );

  server.registerTool(
    'get_limits',
    {
      title: 'Guardrails of a session',
      description:
        'Tells which limits a session has, what it used up of them, and which of them it passed already. Ask before long work.',
      inputSchema: { session_id: sessionId },
      annotations: readOnly,
    },
    ({ session_id }) =>
      attempt(async () => {
        const id = await context.sessionOf(session_id);
        return answer(await context.get('/v1/guardrails', { session_id: id }, anything));
      }),
  );

  server.registerTool(
    'list_sessions',
    {
      title: 'Past sessions',
      description: 'Lists sessions, newest first, with project, agent, state, tokens and cost.',
      inputSchema: {
        project: z.string().min(1).max(256).optional(),
        agent: z.string().min(1).max(256).optional(),
        limit: z.number().int().min(1).max(50).default(10),
      },
      annotations: readOnly,
    },
    ({ limit, ...filter }) =>
      attempt(async () =>
        answer(await context.get('/v1/sessions', { ...filter, limit: String(limit) }, anything)),
      ),
  );

  server.registerTool(
    'get_usage',
    {
      title: 'Tokens and cost',
      description: 'Sums tokens and cost of all agents, by day, model, project, agent, tool or session.',
      inputSchema: {
        by: z.enum(['day', 'week', 'month', 'model', 'project', 'agent', 'tool', 'session']).default('day'),
        since: z
          .string()
          .regex(/^(?:\d+[hdw]|\d{4}-\d{2}-\d{2})$/)
          .default('7d')
          .describe('12h, 7d, 4w or 2026-11-01'),
      },
      annotations: readOnly,
    },
    (query) => attempt(async () => answer(await context.get('/v1/usage', query, anything))),
  );
}
