import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { AGENT_KINDS, findAgentKind } from '../agents/agent-kinds.ts';
import { connectToIngest } from '../bridge-api/connect-ingest.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { awaitFigures } from '../history/await-figures.ts';
import { renderImportProgress } from '../history/import-progress.ts';
import { runImport } from '../history/run-import.ts';
import { agentHomes } from '../stack/agent-homes.ts';
import { buildHostConfig } from '../stack/host-config.ts';
import { parseSince } from '../time/parse-since.ts';
import { importEventsCommand } from './import-events.ts';

const DEFAULT_SINCE = '30d';

/** How long to wait for figures that hold what was imported. */
const FIGURES_TIMEOUT_MS = 10_000;

const optionsSchema = z.object({ since: z.string().optional(), path: z.string().optional() });

/** `monitor import`: takes in transcripts that are not followed, or older ones. */
export const command: Command = {
  name: 'import',
  summary: "take in agents' transcripts, or events from a file, once",
  examples: [
    'monitor import',
    'monitor import claude-code --since 2026-01-01',
    'monitor import codex --path rollout-2026-11-21T09-12-40-0199.jsonl',
    'monitor import --path /mnt/backup/home/.claude/projects',
    'monitor import events events.ndjson',
  ],
  subcommands: [importEventsCommand],
  declare(commander) {
    commander
      .argument('[agent]', `${AGENT_KINDS.map(({ name }) => name).join(', ')}; all of them unless told`)
      .option('--since <when>', '12h, 30d, 4w or 2026-11-01; as settings say unless told')
      .option('--path <path>', "a transcript, a folder of them or another user's home");
  },
  async run({ args: [agent], options }, context) {
    const { since, path } = optionsSchema.parse(options);
    const kind = agent === undefined ? null : findAgentKind(agent);
    if (kind === undefined) {
      const known = AGENT_KINDS.map(({ name }) => name).join(', ');
      throw new CliError('USAGE', `Cannot import transcripts of "${agent}": known are ${known}`);
    }
    const absolutePath = path === undefined ? null : resolve(context.cwd, path);
    if (absolutePath !== null && !existsSync(absolutePath)) {
      throw new CliError('NOT_FOUND', `Cannot import "${absolutePath}": there is no such file or folder`);
    }
    const { settings } = await context.loadSettings();
    // Whoever asks for an import wants one, also where none happens by itself.
    const from = since ?? (settings.history.import === 'none' ? DEFAULT_SINCE : undefined);
    const sinceMs = from === undefined ? null : parseSince(from, Date.now());
    const { token } = await connectToIngest('Cannot import', context);
    const facts = {
      userHome: context.paths.userHome,
      hostname: hostname(),
      agentHomes: agentHomes(context.env),
      importHistory: true,
    };
    const progress = await runImport({
      bridgeProgram: context.packageFiles.bridgeProgram,
      hostConfig: { ...buildHostConfig(settings, context.paths, facts), follow: false },
      token,
      framework: kind?.name ?? null,
      path: absolutePath,
      sinceMs,
      env: context.env,
      signal: context.signal,
      onProgress: (state) => context.output.live(renderImportProgress(state)),
    });
    await awaitFigures(context, FIGURES_TIMEOUT_MS);
    const { state: _, ...data } = progress;
    return { data, text: `Took in ${renderImportProgress(progress)}.` };
  },
};
