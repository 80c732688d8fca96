import type { HomePaths } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';

/** What everything of ours in Docker is called. */
const BASE_NAME = 'agent-monitor';

/** Compose project of an installation: with the home's hash where the home is not the default. */
export function projectName({ homeId }: Pick<HomePaths, 'homeId'>): string {
  return homeId === null ? BASE_NAME : `${BASE_NAME}-${homeId}`;
}

/** Network that agents' containers join. A name that the user chose is used as it stands. */
export function agentsNetworkName(paths: Pick<HomePaths, 'homeId'>, { network }: Settings): string {
  const isDefault = network.name === BASE_NAME && !network.external;
  return isDefault ? projectName(paths) : network.name;
}
