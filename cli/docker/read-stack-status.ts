import type Docker from 'dockerode';
import type { PartStatus } from '../runtime.ts';
import type { Settings } from '../settings/schema.ts';
import { toPartStatus } from './part-status.ts';
import type { ProbeAnswer } from './probe-answer.ts';
import { createProbes, type Probe } from './probes.ts';
import { runHealthcheck } from './run-healthcheck.ts';
import { listStackContainers, type StackContainer } from './stack-containers.ts';
import { CONTAINER_LOG_SERVICES, wantedServices } from './stack-services.ts';

/** State of every service that settings ask for; container logs only where they were started. */
export async function readStackStatus(
  client: Docker,
  project: string,
  settings: Settings,
): Promise<readonly PartStatus[]> {
  const containers = await listStackContainers(client, project);
  const byService = new Map(containers.map((container) => [container.service, container]));
  const probes = createProbes(settings);
  const shown = wantedServices(settings).filter(
    (name) => byService.has(name) || !CONTAINER_LOG_SERVICES.includes(name),
  );
  return Promise.all(
    shown.map(async (name) => {
      const container = byService.get(name);
      const probe = probes.find(({ service }) => service === name);
      const answer = await askPart(client, container, probe);
      return toPartStatus({ name, container, answer, url: probe?.url ?? null, nowMs: Date.now() });
    }),
  );
}

/** What a part says; null where it does not run. Without a port of its own its container checks itself. */
async function askPart(
  client: Docker,
  container: StackContainer | undefined,
  probe: Probe | undefined,
): Promise<ProbeAnswer | null> {
  if (container === undefined || container.startedAt === null) return null;
  return probe === undefined ? runHealthcheck(client, container.id) : probe.ask();
}
