import type Docker from 'dockerode';
import type { Answer } from '../bridge-api/bridge-client.ts';
import { readServiceStatus } from '../bridge-api/read-service-status.ts';
import { renderBridgeNote } from '../bridge-api/render-bridge-note.ts';
import type { ServiceStatus } from '../bridge-api/service-status.ts';
import type { PartStatus, RuntimeOptions } from '../runtime.ts';
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
  { paths, settings }: Pick<RuntimeOptions, 'paths' | 'settings'>,
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
      const status = toPartStatus({ name, container, answer, url: probe?.url ?? null, nowMs: Date.now() });
      return name === 'bridge' && answer?.isReady
        ? addBridgeFacts(status, await readServiceStatus({ paths, settings }))
        : status;
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

/** States of delivery in which records wait for a store. */
const WAITING_STATES = ['retrying', 'misconfigured'];

/** What the bridge says of itself: one that cannot hand on what it takes in is not well. */
function addBridgeFacts(part: PartStatus, answer: Answer<ServiceStatus>): PartStatus {
  if (answer.status !== 'ok') {
    const note = `takes events, but does not answer questions: ${answer.reason}`;
    return { ...part, state: 'degraded', note };
  }
  const note = [part.note, renderBridgeNote(answer.value)].filter((text) => text !== null && text !== '');
  const isStuck = answer.value.delivery.some(({ state }) => WAITING_STATES.includes(state));
  return {
    ...part,
    state: isStuck ? 'degraded' : part.state,
    note: note.length === 0 ? null : note.join(', '),
  };
}
