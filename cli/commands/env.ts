import { hostname } from 'node:os';
import * as z from 'zod';
import { AGENT_KINDS, findAgentKind } from '../agents/agent-kinds.ts';
import type { AgentKind, AgentTarget } from '../agents/agent-target.ts';
import { agentTelemetry } from '../agents/agent-telemetry.ts';
import { checkAddress } from '../agents/check-address.ts';
import {
  ENVIRONMENT_FORMATS,
  type EnvironmentFormat,
  renderEnvironment,
  renderUnset,
} from '../agents/render-environment.ts';
import { repositoryName } from '../agents/repository-name.ts';
import { isLoopback, resolveEndpoint } from '../agents/resolve-endpoint.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { readOptions } from '../read-options.ts';
import { readInstallation } from '../stack/installation.ts';
import { agentsNetworkName } from '../stack/stack-names.ts';
import { mintIngestToken } from '../tokens/mint-ingest-token.ts';

/** Formats that hold variables, and nothing that an agent's command could be given. */
const WITHOUT_ARGUMENTS: ReadonlySet<EnvironmentFormat> = new Set(['dotenv', 'docker', 'json']);

const optionsSchema = z.object({
  format: z.enum(ENVIRONMENT_FORMATS, ENVIRONMENT_FORMATS.join(', ')),
  host: z.string().min(1).optional(),
  project: z.string().min(1).max(256).optional(),
  agentName: z.string().min(1).max(256).optional(),
  unset: z.boolean().default(false),
});

/** `monitor env`: the settings that point an agent here. */
export const command: Command = {
  name: 'env',
  summary: 'the settings that point an agent here',
  examples: [
    'eval "$(monitor env claude-code)"',
    'monitor env claude-code --project shop --format dotenv > agent.env',
    'docker run $(monitor env claude-code --format docker --project shop) my-agent-image',
    'eval "$(monitor env claude-code --unset)"',
    'monitor env codex --format settings >> ~/.codex/config.toml',
  ],
  declare(commander) {
    commander
      .argument('[agent]', AGENT_KINDS.map(({ name }) => name).join(', '), 'claude-code')
      .option('--format <format>', ENVIRONMENT_FORMATS.join(', '), 'shell')
      .option('--host <address>', 'where the agent reaches this machine, from a VM or another host')
      .option('--project <name>', "what it works on; the git repository's name unless told")
      .option('--agent-name <name>', 'what to call it; <agent>@<this host> unless told')
      .option('--unset', 'take the settings back');
  },
  async run(input, context) {
    const kind = requireAgent(input.args[0] ?? 'claude-code');
    const options = readOptions(optionsSchema, input.options);
    const { format, host, unset } = options;
    checkAddress('--host', host);
    if (unset) {
      const data = { agent: kind.name, format, unset: kind.variables };
      const wrapped = kind.commandArguments === undefined ? undefined : kind.command;
      return { data, text: renderUnset(kind.variables, format, wrapped) };
    }
    const installation = await readInstallation(context.paths);
    if (installation === null) {
      throw new CliError('NOT_RUNNING', `Cannot point ${kind.name} here: nothing is set up yet`, {
        fix: ['monitor up'],
      });
    }
    const { settings } = await context.loadSettings();
    const { endpoint, dockerArguments, needsToken } = resolveEndpoint({
      runtime: installation.runtime,
      settings,
      format,
      agentsNetwork: agentsNetworkName(context.paths, settings),
      host,
      platform: process.platform,
    });
    if (host !== undefined && !isLoopback(host) && settings.listen.every(isLoopback)) {
      context.output.warn(
        `nothing answers at "${host}" yet: the bridge listens on ${settings.listen.join(', ')} alone. Add the address to "listen:" in settings.yaml and run "monitor up"`,
      );
    }
    const project = options.project ?? repositoryName(context.cwd) ?? 'unassigned';
    const agent = options.agentName ?? `${kind.name}@${hostname()}`;
    const target: AgentTarget = {
      otlpEndpoint: endpoint,
      token: needsToken ? await mintIngestToken(context.paths.tokenSecretFile, project, agent) : null,
      project,
      agent,
      hostname: hostname(),
      ...agentTelemetry(settings),
    };
    const environment = kind.environment(target);
    const commandArguments = kind.commandArguments?.(target);
    if (commandArguments !== undefined && WITHOUT_ARGUMENTS.has(format)) {
      context.output.warn(
        `${kind.name} reads where to send from its settings file alone: add what "monitor env ${kind.name} --format settings" prints`,
      );
    }
    const settingsText = kind.settingsText?.(target);
    return {
      data: {
        agent: kind.name,
        format,
        docker_arguments: dockerArguments,
        environment,
        command_arguments: commandArguments ?? [],
        settings: settingsText ?? null,
      },
      text:
        format === 'settings' && settingsText !== undefined
          ? settingsText
          : renderEnvironment(environment, {
              format,
              dockerArguments,
              command:
                commandArguments === undefined
                  ? undefined
                  : { name: kind.command, arguments: commandArguments },
            }),
    };
  },
};

/** @throws CliError USAGE */
function requireAgent(word: string): AgentKind {
  const kind = findAgentKind(word);
  if (kind !== undefined) return kind;
  const known = AGENT_KINDS.map(({ name }) => name).join(', ');
  throw new CliError('USAGE', `Cannot point agent "${word}" here: known are ${known}`);
}
