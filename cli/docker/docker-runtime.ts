import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { withStartLock } from '../embedded/start-lock.ts';
import { CliError } from '../errors.ts';
import type { Runtime, RuntimeOptions, UpPlan, UpReport } from '../runtime.ts';
import { projectName } from '../stack/stack-names.ts';
import { assertOwnProject, assertStartable } from './assert-startable.ts';
import { createComposeClient } from './compose-client.ts';
import { connectEngine } from './connect-engine.ts';
import { ensureImages } from './ensure-images.ts';
import { createHostPart } from './host-part.ts';
import { createInnerProbes, createProbes } from './probes.ts';
import { readStackStatus } from './read-stack-status.ts';
import { listStackContainers, type StackContainer } from './stack-containers.ts';
import { readStackLogs } from './stack-logs.ts';
import { activeProfiles, imagesOf, startedServices, wantedServices } from './stack-services.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** How long containers may take to end before Docker kills them. */
const STOP_TIMEOUT_S = 30;

/** The runtime on Docker: a Compose project, and the host part beside it. */
export function createDockerRuntime(options: RuntimeOptions): Runtime {
  const { paths, settings, stackDir, env, output, signal } = options;
  const project = projectName(paths);
  const compose = createComposeClient({ project, stackDir, env, signal, output });
  const hostPart = createHostPart(options);

  return {
    name: 'docker',

    async checkPrerequisites() {
      await connectEngine(env);
    },

    async up(plan) {
      const { client } = await connectEngine(env);
      const report = await withStartLock(join(paths.stateDir, 'start.lock'), signal, () =>
        start(client, plan),
      );
      return plan.foreground ? stayInForeground(client, plan, report) : report;
    },

    async down({ deleteData, timeoutMs }) {
      const hostRan = await hostPart.stop();
      const { client } = await connectEngine(env);
      const containers = await listStackContainers(client, project);
      assertOwnProject(project, stackDir, containers);
      const running = containers.filter(({ startedAt }) => startedAt !== null).map(({ service }) => service);
      const volumes = await projectVolumes(client, project);
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

    partNames: () => [...wantedServices(settings), 'host'],

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
      const hostLogFile = isHostWanted ? paths.hostLogFile : null;
      yield* readStackLogs({ client, containers, hostLogFile, signal }, query);
    },
  };

  async function start(client: Docker, plan: UpPlan): Promise<UpReport> {
    const before = await listStackContainers(client, project);
    assertOwnProject(project, stackDir, before);
    await assertStartable(client, options, before);
    const profiles = await activeProfiles(client, settings);
    const services = startedServices(settings, profiles);
    await ensureImages({
      client,
      compose,
      images: imagesOf(settings, services),
      pull: plan.pull,
      profiles,
      output,
    });
    await compose.run(['up', '--detach', '--remove-orphans', '--no-build', '--pull', 'never'], { profiles });
    if (plan.wait) {
      const outer = createProbes(settings);
      const inner = services.filter((name) => !outer.some(({ service }) => service === name));
      const probes = [...outer, ...createInnerProbes(client, project, inner)];
      await waitUntilReady({ client, project, probes, before, timeoutMs: plan.timeoutMs, signal, output });
    }
    const hostRan = await hostPart.start();
    const after = await listStackContainers(client, project);
    return { alreadyRunning: hostRan && isSameRun(before, after), parts: await readStatus(client) };
  }

  async function readStatus(client: Docker) {
    return [...(await readStackStatus(client, project, options)), await hostPart.status()];
  }

  async function composeDown(timeoutMs: number): Promise<void> {
    const timeoutS = Math.min(STOP_TIMEOUT_S, Math.ceil(timeoutMs / 1000));
    // Also after a signal: whoever asked for the foreground wants nothing to stay.
    await compose.run(['down', '--remove-orphans', '--timeout', String(timeoutS)], {
      profiles: ['*'],
      signal: null,
    });
  }

  async function stayInForeground(client: Docker, plan: UpPlan, report: UpReport): Promise<UpReport> {
    const containers = await listStackContainers(client, project);
    const sources = { client, containers, hostLogFile: paths.hostLogFile, signal };
    const query = { part: null, lines: 0, sinceMs: Date.now(), follow: true };
    try {
      await plan.onReady?.();
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

async function projectVolumes(client: Docker, project: string): Promise<readonly string[]> {
  const label = `com.docker.compose.project=${project}`;
  const { Volumes } = await client.listVolumes({ filters: { label: [label] } });
  return (Volumes ?? []).map(({ Name }) => Name).toSorted();
}

/** Whether nothing was created or started anew. */
function isSameRun(before: readonly StackContainer[], after: readonly StackContainer[]): boolean {
  const startedBefore = new Map(before.map(({ id, startedAt }) => [id, startedAt]));
  return after.every(({ id, startedAt }) => startedAt !== null && startedBefore.get(id) === startedAt);
}
