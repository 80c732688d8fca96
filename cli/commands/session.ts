import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { sessionListSchema, sessionTimelineSchema } from '../bridge-api/sessions.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { renderSession, renderSessionList, type TableFormat } from '../output/render-sessions.ts';

const FORMATS = ['table', 'json', 'md'] as const;

const listOptionsSchema = z.object({
  format: z.string(),
  project: z.string().optional(),
  agent: z.string().optional(),
  since: z.string().optional(),
  limit: z.string(),
});

const showOptionsSchema = z.object({ format: z.string() });

const list: Command = {
  name: 'list',
  summary: 'the newest sessions',
  examples: ['monitor session list', 'monitor session list --project demo --since 7d --limit 50'],
  declare(commander) {
    commander
      .option('--project <name>', 'of this project only')
      .option('--agent <name>', 'of this agent only')
      .option('--since <when>', '12h, 30d, 4w, 2026-11-01 or a time with its zone')
      .option('--limit <n>', 'how many at most', '20')
      .option('--format <format>', FORMATS.join(', '), 'table');
  },
  async run({ options }, context) {
    const { since, format, ...filter } = listOptionsSchema.parse(options);
    const render = rendererFor(format);
    const bridge = await connectToBridge(context);
    const { sessions } = await bridge.get(
      'Cannot list sessions',
      '/v1/sessions',
      { ...filter, from: since },
      sessionListSchema,
    );
    const data = { sessions };
    const table = (kind: TableFormat): string =>
      sessions.length === 0 ? 'No session is known.' : renderSessionList(sessions, kind);
    return { data, text: render(data, table) };
  },
};

const show: Command = {
  name: 'show',
  summary: "one session's runs, tools, tokens and cost in order of time",
  examples: ['monitor session show 9ca1a4bd-2e87-4d6a-b01d-2769cbf6c85a'],
  declare(commander) {
    commander
      .argument('<id>', 'id of the session, as "monitor session list" prints it')
      .option('--format <format>', FORMATS.join(', '), 'table');
  },
  async run({ args: [id = ''], options }, context) {
    const render = rendererFor(showOptionsSchema.parse(options).format);
    const bridge = await connectToBridge(context);
    const path = `/v1/sessions/${encodeURIComponent(id)}/timeline`;
    const answer = await bridge.get('Cannot show the session', path, {}, sessionTimelineSchema);
    return { data: answer, text: render(answer, (kind) => renderSession(answer, kind)) };
  },
};

/** `monitor session`: what ran. */
export const command: Command = {
  name: 'session',
  summary: 'sessions: list them, show one',
  examples: [...list.examples, ...show.examples],
  subcommands: [list, show],
};

/** Writes data in the format asked for. @throws CliError USAGE for another one */
function rendererFor(format: string): (data: unknown, table: (kind: TableFormat) => string) => string {
  switch (format) {
    case 'table':
    case 'md':
      return (_, table) => table(format);
    case 'json':
      return (data) => JSON.stringify(data, null, 2);
    default:
      throw new CliError('USAGE', `Cannot print sessions as "${format}": wanted ${FORMATS.join(', ')}`);
  }
}
