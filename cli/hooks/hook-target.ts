import { hostname } from 'node:os';
import { checkAddress } from '../agents/check-address.ts';
import { repositoryName } from '../agents/repository-name.ts';
import { isLoopback } from '../agents/resolve-endpoint.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import type { CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { readInstallation } from '../stack/installation.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';
import type { HookScope, HookTarget } from './hook-kind.ts';

/** Name of the bridge on the network that agents' containers join. */
const BRIDGE_NAME = 'agent-monitor';

/** Where the agent is, and what the user says of it. */
export interface HookTargetQuestion {
  readonly scope: HookScope;
  /** `container`: on the agents' network (docker) or on the host's (embedded). */
  readonly from: 'here' | 'container' | 'elsewhere';
  /** Address at which the agent reaches this machine, where the user says it. */
  readonly address: string | undefined;
  readonly project: string | undefined;
  readonly agent: string | undefined;
  /** Name of the agent's machine; this one's unless told. */
  readonly host?: string;
}

/**
 * Finds out where hooks send, and makes their token.
 * @throws CliError NOT_RUNNING where nothing is set up yet; USAGE where no address is known that the agent reaches
 */
export async function findHookTarget(
  context: CommandContext,
  question: HookTargetQuestion,
): Promise<HookTarget> {
  const installation = await readInstallation(context.paths);
  if (installation === null) {
    throw new CliError('NOT_RUNNING', 'Cannot install hooks: nothing is set up yet', { fix: ['monitor up'] });
  }
  const { settings } = await context.loadSettings();
  const { scope, from, address, agent } = question;
  checkAddress('--address', address);
  const beyond = settings.listen.find((listened) => !isLoopback(listened));
  const inNetwork = from === 'container' && installation.runtime === 'docker' && address === undefined;
  const reached = address ?? (from === 'elsewhere' ? beyond : settings.listen[0]);
  if (reached === undefined) {
    throw new CliError(
      'USAGE',
      'Cannot install hooks on another machine: the bridge listens on this machine alone, wanted an address that the other one reaches',
      {
        fix: [
          'add the address to "listen:" in settings.yaml and run "monitor up"',
          'or name it: --address ADDRESS',
        ],
      },
    );
  }
  const project = question.project ?? (scope === 'project' ? repositoryName(context.cwd) : null);
  const needsToken =
    installation.runtime === 'docker' ||
    settings.tokens === 'always' ||
    from === 'elsewhere' ||
    !isLoopback(reached);
  return {
    url: `http://${inNetwork ? BRIDGE_NAME : localAddress(reached)}:${settings.ports.ingest}`,
    token: needsToken ? await mintIngestToken(context.paths.tokenSecretFile, project, agent) : null,
    host: question.host ?? hostname(),
    project,
    agent: agent ?? null,
    refusesWhenAway: settings.guardrails.mode === 'enforce' && settings.guardrails.on_unreachable === 'deny',
  };
}

/** Fixes what the user says and leaves the rest to the rules. @throws CliError NOT_RUNNING */
async function mintIngestToken(
  secretFile: string,
  project: string | null,
  agent: string | undefined,
): Promise<string> {
  const secret = await readTokenSecret(secretFile);
  if (secret !== null) return mintToken(secret, { scope: 'ingest', project: project ?? undefined, agent });
  throw new CliError('NOT_RUNNING', `Cannot make a token: there is no "${secretFile}"`, {
    fix: ['monitor init'],
  });
}
