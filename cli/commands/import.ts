import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AGENT_KINDS, findAgentKind } from '../agents/agent-kinds.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import type { Command } from '../command.ts';
import { probeReady } from '../embedded/probe-ready.ts';
import { CliError } from '../errors.ts';
import { renderImportProgress } from '../history/import-progress.ts';
import { runImport } from '../history/run-import.ts';
import type { Settings } from '../settings/schema.ts';
import { parseSince } from '../time/parse-since.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';

const DAY_MS = 86_400_000;

const optionsSchema = z.object({ since: z.string().optional(), path: z.string().optional() });

/** `monitor import`: takes in transcripts that are not followed, or older ones. */
export const command: Command = {
  name: 'import',
  summary: "take in agents' transcripts, once",
  examples: [
    'monitor import',
    'monitor import claude-code --since 2026-01-01',
    'monitor import --path /mnt/backup/home/.claude/projects',
  ],
  declare(commander) {
    commander
      .argument('[agent]', AGENT_KINDS.map(({ name }) => name).join(', '), 'claude-code')
      .option('--since <when>', '12h, 30d, 4w or 2026-11-01; as settings say unless told')
      .option('--path <path>', "a transcript, a folder of them or another user's home");
  },
  async run({ args: [agent = 'claude-code'], options }, context) {
    const { since, path } = optionsSchema.parse(options);
    if (findAgentKind(agent) === undefined) {
      const known = AGENT_KINDS.map(({ name }) => name).join(', ');
      throw new CliError('USAGE', `Cannot import transcripts of "${agent}": known are ${known}`);
    }
    const absolutePath = path === undefined ? null : resolve(context.cwd, path);
    if (absolutePath !== null && !existsSync(absolutePath)) {
      throw new CliError('NOT_FOUND', `Cannot import "${absolutePath}": there is no such file or folder`);
    }
    const sinceMs = since === undefined ? null : parseSince(since, Date.now());
    const { settings } = await context.loadSettings();
    const bridgeUrl = `http://${localAddress(settings.listen[0])}:${settings.ports.ingest}`;
    const readiness = await probeReady(bridgeUrl);
    if (readiness.state !== 'ready') {
      throw new CliError(
        'NOT_RUNNING',
        `Cannot import: the bridge at ${bridgeUrl} is not ready (${readiness.reason})`,
        {
          fix: ['monitor up'],
        },
      );
    }
    const secret = await readTokenSecret(context.paths.tokenSecretFile);
    const progress = await runImport({
      bridgeProgram: context.packageFiles.bridgeProgram,
      hostConfig: hostConfigOf(settings, bridgeUrl, context.paths.userHome),
      token: secret === null ? null : mintToken(secret, { scope: 'ingest' }),
      path: absolutePath,
      sinceMs,
      env: context.env,
      signal: context.signal,
      onProgress: (state) => context.output.live(renderImportProgress(state)),
    });
    const { state: _, ...data } = progress;
    return { data, text: `Took in ${renderImportProgress(progress)}.` };
  },
};

/** What the host part needs to know to read once. */
function hostConfigOf({ history, privacy }: Settings, bridgeUrl: string, userHome: string) {
  return {
    homes: [userHome, ...history.homes],
    // `none` is about what `up` does unasked; whoever asks gets all.
    import_days: typeof history.import === 'string' ? null : Math.ceil(history.import.ms / DAY_MS),
    follow: false,
    hostname: hostname(),
    bridge_url: bridgeUrl,
    privacy: {
      prompts: privacy.prompts,
      tool_arguments: privacy.tool_arguments,
      tool_output: privacy.tool_output,
      file_paths: privacy.file_paths,
    },
  };
}
