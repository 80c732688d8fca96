import { z } from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { sessionListSchema, sessionTimelineSchema } from '../bridge-api/sessions.ts';
import type { Command } from '../command.ts';
import { renderSession, renderSessionList } from '../output/render-sessions.ts';

const listOptionsSchema = z.object({
  project: z.string().optional(),
  agent: z.string().optional(),
  since: z.string().optional(),
  limit: z.string(),
});

const list: Command = {
  name: 'list',
  summary: 'the newest sessions',
  examples: ['monitor session list', 'monitor session list --project demo --since 7d --limit 50'],
  declare(commander) {
    commander
      .option('--project <name>', 'of this project only')
      .option('--agent <name>', 'of this agent only')
      .option('--since <when>', '12h, 30d, 4w, 2026-11-01 or a time with its zone')
      .option('--limit <n>', 'how many at most', '20');
  },
  async run({ options }, context) {
    const { since, ...filter } = listOptionsSchema.parse(options);
    const bridge = await connectToBridge(context);
    const { sessions } = await bridge.get(
      'Cannot list sessions',
      '/v1/sessions',
      { ...filter, from: since },
      sessionListSchema,
    );
    return {
      data: { sessions },
      text: sessions.length === 0 ? 'No session is known.' : renderSessionList(sessions),
    };
  },
};

const show: Command = {
  name: 'show',
  summary: "one session's runs, tools, tokens and cost in order of time",
  examples: ['monitor session show 9ca1a4bd-2e87-4d6a-b01d-2769cbf6c85a'],
  declare(commander) {
    commander.argument('<id>', 'id of the session, as "monitor session list" prints it');
  },
  async run({ args: [id = ''] }, context) {
    const bridge = await connectToBridge(context);
    const path = `/v1/sessions/${encodeURIComponent(id)}/timeline`;
    const answer = await bridge.get('Cannot show the session', path, {}, sessionTimelineSchema);
    return { data: answer, text: renderSession(answer) };
  },
};

/** `monitor session`: what ran. */
export const command: Command = {
  name: 'session',
  summary: 'sessions: list them, show one',
  examples: [...list.examples, ...show.examples],
  subcommands: [list, show],
};
