import { localAddress } from '../bridge-api/local-address.ts';
import { CliError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import type { EnvironmentFormat } from './render-environment.ts';

/** Name of the bridge on the network that agents' containers join. */
const BRIDGE_NAME = 'agent-monitor';

/** What decides how an agent reaches the bridge. */
export interface EndpointQuestion {
  readonly runtime: 'docker' | 'embedded';
  readonly settings: Settings;
  readonly format: EnvironmentFormat;
  /** The network that agents' containers join, by its name in Docker. */
  readonly agentsNetwork: string;
  /** Where the agent reaches this machine, as the user says. */
  readonly host: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** How an agent reaches the bridge. */
export interface Endpoint {
  /** Base URL of OTLP over HTTP. */
  readonly endpoint: string;
  /** Arguments of `docker run` beside the variables. */
  readonly dockerArguments: readonly string[];
  readonly needsToken: boolean;
}

/**
 * Finds out how an agent reaches the bridge: by loopback, at the address the user gives, or from a container by the
 * agents' network (docker) or the host's network (embedded, whose ports are open on loopback alone).
 * @throws CliError FAILED where no container can reach it
 */
export function resolveEndpoint(question: EndpointQuestion): Endpoint {
  const { runtime, settings, format, host, platform, agentsNetwork } = question;
  const port = settings.ports.otlp_http;
  const isLocal = host === undefined || isLoopback(host);
  // Anything beyond this machine's loopback needs a token in both runtimes.
  const needsToken = runtime === 'docker' || settings.tokens === 'always' || !isLocal;
  if (format !== 'docker' || host !== undefined) {
    const address = localAddress(host ?? settings.listen[0]);
    return { endpoint: `http://${address}:${port}`, dockerArguments: [], needsToken };
  }
  if (runtime === 'docker') {
    return {
      endpoint: `http://${BRIDGE_NAME}:${port}`,
      dockerArguments: ['--network', agentsNetwork],
      needsToken,
    };
  }
  if (platform === 'linux') {
    return {
      endpoint: `http://${localAddress(settings.listen[0])}:${port}`,
      dockerArguments: ['--network', 'host'],
      needsToken,
    };
  }
  throw new CliError(
    'FAILED',
    'Cannot print docker arguments: the embedded runtime listens on loopback, which no container of Docker Desktop reaches',
    { fix: ['monitor env --format docker --host host.docker.internal (and add an address to "listen:")'] },
  );
}

/** Whether a name or address is this machine's loopback. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
