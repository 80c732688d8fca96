import type Docker from 'dockerode';
import { plannedServices } from '../../compose/build-compose-file.ts';
import { chooseImages } from '../../compose/images.ts';
import type { ServiceName } from '../../compose/service-names.ts';
import { CONTAINER_LOGS_LABEL, CONTAINER_LOGS_PROFILE } from '../../compose/services/promtail.ts';
import type { Settings } from '../settings/schema.ts';

/** Services that start only where a container carries the label for it. */
export const CONTAINER_LOG_SERVICES: readonly ServiceName[] = ['promtail', 'socket-proxy'];

/** Services that settings ask for, those that start only on occasion too. */
export function wantedServices({ parts, logs_agent }: Settings): readonly ServiceName[] {
  return plannedServices({ parts: { ...parts, promtail: parts.promtail && logs_agent === 'promtail' } });
}

/** Profiles of Compose to start with: container logs only where a container wants its lines shipped. */
export async function activeProfiles(client: Docker, settings: Settings): Promise<readonly string[]> {
  if (!wantedServices(settings).includes('promtail')) return [];
  const found = await client.listContainers({ filters: { label: [`${CONTAINER_LOGS_LABEL}=true`] } });
  return found.length > 0 ? [CONTAINER_LOGS_PROFILE] : [];
}

/** Services that a start with these profiles runs. */
export function startedServices(settings: Settings, profiles: readonly string[]): readonly ServiceName[] {
  const withLogs = profiles.includes(CONTAINER_LOGS_PROFILE);
  return wantedServices(settings).filter((name) => withLogs || !CONTAINER_LOG_SERVICES.includes(name));
}

/** Images of services. */
export function imagesOf(
  { images, registry_mirror }: Settings,
  services: readonly ServiceName[],
): ReadonlyMap<ServiceName, string> {
  const chosen = chooseImages({ overrides: images, mirror: registry_mirror });
  return new Map(services.map((name) => [name, chosen[name]]));
}
