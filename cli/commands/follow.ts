import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';

import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { readOptions } from '../read-options.ts';
import { agentHomes } from '../stack/agent-homes.ts';
import { dockerSocket } from '../stack/docker-socket.ts';
import { buildHostSection } from '../stack/host-section.ts';
import { agentsNetworkName } from '../stack/stack-names.ts';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';

const optionsSchema = z.object({
  to: z.url({ protocol: /^https?$/, error: 'an address such as http://192.168.122.1:8080' }),
  tokenFile: z.string().min(1, 'a file with the token').optional(),
});

/** `monitor follow --to URL`: the host part alone, beside agents that run where the bridge does not. */
export const command: Command = {
  name: 'follow',
  summary: 'follow transcripts here and send them to a bridge elsewhere',
  examples: [
    'monitor follow --to http://192.168.122.1:8080',
    'monitor follow --to http://agent-monitor:8080 --token-file /run/secrets/monitor',
  ],
  declare(commander) {
    commander
      .option('--to <url>', "the bridge's ingest port, as this machine reaches it")
      .option('--token-file <file>', 'file with the token to send along');
  },
  async run(input, context) {
    const { to, tokenFile: saidFile } = readOptions(optionsSchema, input.options);
    const tokenFile = await readableFile(saidFile, context);
    const configFile = await writeConfig(to, tokenFile, context);
    context.output.info(`following transcripts for ${to}; end with Ctrl-C`);
    const exitCode = await runHost(configFile, context);
    if (exitCode === 0) return { data: { to }, text: null };
    throw new CliError('FAILED', `Cannot follow transcripts: the host part ended with exit code ${exitCode}`);
  },
};

/** @throws CliError USAGE where it cannot be read */
async function readableFile(file: string | undefined, { cwd }: CommandContext): Promise<string | null> {
  if (file === undefined) return null;
  const path = resolve(cwd, file);
  try {
    await access(path);
    return path;
  } catch (error) {
    throw new CliError('USAGE', `Cannot read the token file "${path}"`, {
      fix: ['write the token of "monitor env" into it'],
      cause: error,
    });
  }
}

/** What was read is kept per bridge: another one has not heard of it. */
async function writeConfig(url: string, tokenFile: string | null, context: CommandContext): Promise<string> {
  const { paths, env } = context;
  const { settings } = await context.loadSettings();
  const { prompts, tool_arguments, tool_output, file_paths } = settings.privacy;
  const folder = join(paths.stateDir, 'follow', createHash('sha256').update(url).digest('hex').slice(0, 8));
  const config = {
    version: 1,
    ...buildHostSection(settings, {
      userHome: paths.userHome,
      hostname: hostname(),
      agentHomes: agentHomes(env),
      importHistory: true,
      docker: { socketPath: dockerSocket(env), network: agentsNetworkName(paths, settings) },
    }),
    follow: true,
    // Whoever is to be told is told where the bridge is.
    notify: [],
    bridge_url: url,
    token_file: tokenFile,
    state_file: join(folder, 'transcripts.json'),
    spool_dir: paths.hookSpoolDir,
    event_spool_dir: paths.eventSpoolDir,
    privacy: { prompts, tool_arguments, tool_output, file_paths },
  };
  const file = join(folder, 'host.json');
  await writeFileAtomic(file, `${JSON.stringify(config, null, 2)}\n`, 0o600);
  return file;
}

const logLineSchema = z.object({ level: z.number(), msg: z.string() });
/** pino's number for warnings. */
const WARN = 40;

/** Runs until it ends or a signal ends it; what it says is shown. */
async function runHost(configFile: string, context: CommandContext): Promise<number> {
  const { packageFiles, env, signal, output } = context;
  const child = spawn(process.execPath, [packageFiles.bridgeProgram, 'host', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...env },
  });
  const stop = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = logLineSchema.safeParse(parse(line)).data;
    if (said === undefined) output.detail(line);
    else if (said.level >= WARN) output.warn(said.msg);
    else output.info(said.msg);
  });
  const code = await new Promise<number | null>((resolveCode, reject) => {
    child.once('error', reject);
    child.once('close', resolveCode);
  });
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw signal.reason;
  return code ?? 1;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
