import { rm } from 'node:fs/promises';
import type Docker from 'dockerode';
import { plannedServices } from '../../compose/build-compose-file.ts';
import { chooseImages } from '../../compose/images.ts';
import { SERVICE_NAMES, type ServiceName } from '../../compose/service-names.ts';
import { CONTAINER_LOGS_LABEL, CONTAINER_LOGS_PROFILE } from '../../compose/services/promtail.ts';
import { CliError } from '../errors.ts';
import { assertPortsFree } from '../ports/assert-ports-free.ts';
import type { PartStatus, Runtime, RuntimeOptions, UpPlan, UpReport } from '../runtime.ts';
import { agentsNetworkName, projectName } from '../stack/stack-names.ts';
import { createComposeClient } from './compose-client.ts';
import { connectEngine } from './connect-engine.ts';
import { ensureImages } from './ensure-images.ts';
import { createHostPart } from './host-part.ts';
import { toPartStatus } from './part-status.ts';
import { createProbes } from './probes.ts';
import { listStackContainers, type StackContainer } from './stack-containers.ts';
import { readStackLogs } from './stack-logs.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** Services that start only where a labelled container exists. */
const PROFILE_SERVICES: readonly ServiceName[] = ['promtail', 'socket-proxy'];

/** How long containers may take to end before Docker kills them. */
const STOP_TIMEOUT_S = 30;

/** The runtime on Docker: a Compose project, and the host part beside it. */
export function createDockerRuntime(options: RuntimeOptions): Runtime {
  const { paths, settings, stackDir, env, output, signal } = options;
  const project = projectName(paths);
  const compose = createComposeClient({ project, stackDir, env, signal, output });
  const probes = createProbes(settings);
  const hostPart = createHostPart(options);
  const services = plannedServices({
    parts: { ...settings.parts, promtail: settings.parts.promtail && settings.logs_agent === 'promtail' },
  });

  return {
    name: 'docker',

    async checkPrerequisites() {
      await connectEngine(env);
    },

    async up(plan) {
      const { client } = await connectEngine(env);
      const before = await listStackContainers(client, project);
      assertOwnProject(before);
      await assertNetworkThere(client);
      await assertPortsFree(portsToTake(before), settings.listen, {
        ...(await describeOwners(client)),
        reserved: Object.values(settings.ports),
      });
      const profiles = (await hasLabelledContainer(client)) ? [CONTAINER_LOGS_PROFILE] : [];
      await ensureImages({
        client,
        compose,
        images: imagesToRun(profiles),
        pull: plan.pull,
        profiles,
        output,
      });
      await compose.run(['up', '--detach', '--remove-orphans', '--no-build', '--pull', 'never'], {
        profiles,
      });
      if (plan.wait) {
        await waitUntilReady({ client, project, probes, before, timeoutMs: plan.timeoutMs, signal, output });
      }
      const hostRan = await hostPart.start();
      const after = await listStackContainers(client, project);
      const report = { alreadyRunning: hostRan && isSameRun(before, after), parts: await readStatus(client) };
      return plan.foreground ? stayInForeground(client, plan, report) : report;
    },

    async down({ deleteData, timeoutMs }) {
      const hostRan = await hostPart.stop();
      const { client } = await connectEngine(env);
      const containers = await listStackContainers(client, project);
      assertOwnProject(containers);
      const running = containers.filter(({ startedAt }) => startedAt !== null).map(({ service }) => service);
      const volumes = await projectVolumes(client);
      await composeDown(timeoutMs);
      if (deleteData) {
        await Promise.all(volumes.map((name) => client.getVolume(name).remove()));
        await rm(paths.bridgeDir, { recursive: true, force: true });
      }
      return {
        stopped: [...running, ...(hostRan ? ['host'] : [])],
        data: [paths.bridgeDir, ...volumes.map((name) => `volume ${name}`)],
        deleted: deleteData,
      };
    },

    async status() {
      const { client } = await connectEngine(env);
      return readStatus(client);
    },

    partNames: () => [...services, 'host'],

    async *logs(query) {
      const { client } = await connectEngine(env);
      const all = await listStackContainers(client, project);
      const containers = all.filter(({ service }) => query.part === null || service === query.part);
      const isHostWanted = query.part === null || query.part === 'host';
      if (containers.length === 0 && !(isHostWanted && all.length > 0)) {
        throw new CliError('NOT_RUNNING', `Cannot read logs: ${query.part ?? 'the stack'} was not started`, {
          fix: ['monitor up'],
        });
      }
      yield* readStackLogs(
        { client, containers, hostLogFile: isHostWanted ? paths.hostLogFile : null, signal },
        query,
      );
    },
  };

  async function readStatus(client: Docker): Promise<readonly PartStatus[]> {
    const containers = await listStackContainers(client, project);
    const byService = new Map(containers.map((container) => [container.service, container]));
    const shown = services.filter((name) => byService.has(name) || !PROFILE_SERVICES.includes(name));
    const nowMs = Date.now();
    const parts = await Promise.all(
      shown.map(async (name) => {
        const container = byService.get(name);
        const probe = probes.find(({ service }) => service === name);
        const answer =
          probe === undefined || container === undefined || container.startedAt === null
            ? null
            : await probe.ask();
        return toPartStatus({ name, container, answer, url: probe?.url ?? null, nowMs });
      }),
    );
    return [...parts, await hostPart.status()];
  }

  /** @throws CliError OTHER_OWNER where another folder's Compose file has containers under our name */
  function assertOwnProject(containers: readonly StackContainer[]): void {
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

  async function assertNetworkThere(client: Docker): Promise<void> {
    if (!settings.network.external) return;
    const name = agentsNetworkName(paths, settings);
    const networks = await client.listNetworks();
    if (networks.some(({ Name }) => Name === name)) return;
    throw new CliError('PREREQUISITE_MISSING', `Cannot join network "${name}": it does not exist`, {
      fix: [`docker network create ${name}`, 'or set "network: {external: false}" in settings.yaml'],
    });
  }

  /** Ports that a start takes, those that our own containers have already left out. */
  function portsToTake(containers: readonly StackContainer[]): Readonly<Record<string, number>> {
    const ours = new Set(containers.flatMap(({ publishedPorts }) => publishedPorts));
    const { jaeger, grafana, ...always } = settings.ports;
    const wanted = {
      ...always,
      ...(settings.parts.jaeger ? { jaeger } : {}),
      ...(settings.parts.grafana ? { grafana } : {}),
    };
    return Object.fromEntries(Object.entries(wanted).filter(([, port]) => !ours.has(port)));
  }

  function imagesToRun(profiles: readonly string[]): ReadonlyMap<string, string> {
    const images = chooseImages({ overrides: settings.images, mirror: settings.registry_mirror });
    const isStarted = (name: ServiceName): boolean =>
      services.includes(name) && (profiles.length > 0 || !PROFILE_SERVICES.includes(name));
    return new Map(SERVICE_NAMES.filter(isStarted).map((name) => [name, images[name]]));
  }

  async function composeDown(timeoutMs: number): Promise<void> {
    const timeoutS = Math.min(STOP_TIMEOUT_S, Math.ceil(timeoutMs / 1000));
    // Also after a signal: whoever asked for the foreground wants nothing to stay.
    await compose.run(['down', '--remove-orphans', '--timeout', String(timeoutS)], {
      profiles: ['*'],
      signal: null,
    });
  }

  async function projectVolumes(client: Docker): Promise<readonly string[]> {
    const { Volumes } = await client.listVolumes({
      filters: { label: [`com.docker.compose.project=${project}`] },
    });
    return (Volumes ?? []).map(({ Name }) => Name).toSorted();
  }

  async function stayInForeground(client: Docker, plan: UpPlan, report: UpReport): Promise<UpReport> {
    await plan.onReady?.();
    const containers = await listStackContainers(client, project);
    const sources = { client, containers, hostLogFile: paths.hostLogFile, signal };
    try {
      const query = { part: null, lines: 0, sinceMs: Date.now(), follow: true };
      for await (const { part, text } of readStackLogs(sources, query)) output.info(`${part} | ${text}`);
    } finally {
      output.info('stopping');
      await hostPart.stop();
      await composeDown(STOP_TIMEOUT_S * 1000);
    }
    signal.throwIfAborted();
    return report;
  }
}

async function hasLabelledContainer(client: Docker): Promise<boolean> {
  const found = await client.listContainers({ filters: { label: [`${CONTAINER_LOGS_LABEL}=true`] } });
  return found.length > 0;
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

/** Whether nothing was created or started anew. */
function isSameRun(before: readonly StackContainer[], after: readonly StackContainer[]): boolean {
  const startedBefore = new Map(before.map(({ id, startedAt }) => [id, startedAt]));
  return after.every(({ id, startedAt }) => startedAt !== null && startedBefore.get(id) === startedAt);
}
