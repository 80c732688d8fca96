import { randomUUID } from 'node:crypto';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import { answer, attempt } from './answer.ts';
import type { McpContext } from './mcp-context.ts';

const sessionId = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .describe('Id of the session that it belongs to. Left out: the session that this agent runs.');
const note = z.string().min(1).max(2000);

/** Registers the tools with which an agent tells: progress, decisions, how sure it is, tasks, feedback. */
export function registerReportTools(server: McpServer, context: McpContext): void {
  const annotations = { readOnlyHint: false, destructiveHint: false, openWorldHint: false };

  const tell = (
    type: string,
    session: string | undefined,
    payload: Readonly<Record<string, unknown>>,
    told: Record<string, unknown> = {},
  ) =>
    attempt(async () => {
      const id = await context.sessionOf(session);
      // What an agent writes is shown as such, and is nobody's instruction.
      await context.tell(type, id, { ...payload, untrusted: true });
      return answer({ recorded: true, session_id: id, ...told });
    });

  server.registerTool(
    'report_progress',
    {
      title: 'Report progress',
      description:
        'Records in one sentence what was done or comes next, for the person who watches this session.',
      inputSchema: { note, percent: z.number().min(0).max(100).optional(), session_id: sessionId },
      annotations,
    },
    ({ session_id, ...payload }) => tell('agent.progress', session_id, payload),
  );

  server.registerTool(
    'report_decision',
    {
      title: 'Report a decision',
      description:
        'Records a decision with its reason, so that it can be understood later why things are as they are.',
      inputSchema: {
        note: note.describe('What was decided.'),
        reason: z.string().max(2000).optional(),
        confidence: z.number().min(0).max(1).optional(),
        session_id: sessionId,
      },
      annotations,
    },
    ({ session_id, ...payload }) => tell('agent.decision', session_id, payload),
  );

  server.registerTool(
    'report_confidence',
    {
      title: 'Report confidence',
      description: 'Records how sure the agent is of its work, from 0 to 1.',
      inputSchema: { confidence: z.number().min(0).max(1), note: note.optional(), session_id: sessionId },
      annotations,
    },
    ({ session_id, ...payload }) => tell('agent.confidence', session_id, payload),
  );

  server.registerTool(
    'start_task',
    {
      title: 'Start a task',
      description:
        'Says that work on a task begins; cost and duration are then shown by task. Answers its id.',
      inputSchema: { name: z.string().min(1).max(256), session_id: sessionId },
      annotations,
    },
    ({ session_id, name }) => {
      const taskId = randomUUID();
      const payload = { task_id: taskId, name, task_type: 'mcp' };
      return tell('task.start', session_id, payload, { task_id: taskId });
    },
  );

  server.registerTool(
    'end_task',
    {
      title: 'End a task',
      description: 'Says how a task ended that start_task began.',
      inputSchema: {
        task_id: z.string().min(1).max(256),
        status: z.enum(['success', 'failure', 'cancelled']),
        note: note.optional(),
        session_id: sessionId,
      },
      annotations,
    },
    ({ session_id, ...payload }) => tell('task.end', session_id, { ...payload, task_type: 'mcp' }),
  );

  server.registerTool(
    'give_feedback',
    {
      title: 'Give feedback',
      description: 'Records a score from 1 (bad) to 5 (good) of how this session went.',
      inputSchema: { score: z.number().int().min(1).max(5), note: note.optional(), session_id: sessionId },
      annotations,
    },
    ({ session_id, ...payload }) =>
      tell('feedback', session_id, { ...payload, scale: 5, feedback_source: 'agent' }),
  );
}
