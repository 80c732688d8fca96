import type Docker from 'dockerode';
import { CliError } from '../errors.ts';
import { assertPortsFree } from '../ports/assert-ports-free.ts';
import type { RuntimeOptions } from '../runtime.ts';
import type { Settings } from '../settings/schema.ts';
import { agentsNetworkName } from '../stack/stack-names.ts';
import type { StackContainer } from './stack-containers.ts';

/**
 * Checks what would make a start fail halfway: an external network that is not there, ports that others have.
 * @throws CliError PREREQUISITE_MISSING, PORT_IN_USE
 */
export async function assertStartable(
  client: Docker,
  { paths, settings }: Pick<RuntimeOptions, 'paths' | 'settings'>,
  containers: readonly StackContainer[],
): Promise<void> {
  if (settings.network.external) await assertNetworkThere(client, agentsNetworkName(paths, settings));
  await assertPortsFree(portsToTake(settings, containers), settings.listen, {
    ...(await describeOwners(client)),
    reserved: Object.values(settings.ports),
  });
}

/**
 * Checks that a project's containers are this installation's.
 * @throws CliError OTHER_OWNER where another folder's Compose file has containers under the same name
 */
export function assertOwnProject(
  project: string,
  stackDir: string,
  containers: readonly StackContainer[],
): void {
  const foreign = containers.find(({ workingDir }) => workingDir !== '' && workingDir !== stackDir);
  if (foreign === undefined) return;
  throw new CliError(
    'OTHER_OWNER',
    `Cannot use Compose project "${project}": its containers belong to "${foreign.workingDir}", not to "${stackDir}"`,
    {
      fix: [
        `docker compose --project-name ${project} down`,
        'or set AGENT_MONITOR_HOME to a folder of its own',
      ],
    },
  );
}

async function assertNetworkThere(client: Docker, name: string): Promise<void> {
  const networks = await client.listNetworks();
  if (networks.some(({ Name }) => Name === name)) return;
  throw new CliError('PREREQUISITE_MISSING', `Cannot join network "${name}": it does not exist`, {
    fix: [`docker network create ${name}`, 'or set "network: {external: false}" in settings.yaml'],
  });
}

/** Ports that a start takes, those that our own containers have already left out. */
function portsToTake(
  { ports, parts }: Settings,
  containers: readonly StackContainer[],
): Readonly<Record<string, number>> {
  const ours = new Set(containers.flatMap(({ publishedPorts }) => publishedPorts));
  const { jaeger, grafana, ...always } = ports;
  const wanted = {
    ...always,
    ...(parts.jaeger ? { jaeger } : {}),
    ...(parts.grafana ? { grafana } : {}),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, port]) => !ours.has(port)));
}

/** Docker's own proxy has the ports of containers; their names say more. */
async function describeOwners(client: Docker) {
  const containers = await client.listContainers();
  return {
    describeOwner(port: number): string | null {
      const owner = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
      const name = owner?.Names[0]?.replace(/^\//, '');
      return name === undefined ? null : `container "${name}"`;
    },
  };
}
