import type { HomePaths } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';
import { type Answer, createBridgeClient } from './bridge-client.ts';
import { localAddress } from './local-address.ts';
import { type ServiceStatus, serviceStatusSchema } from './service-status.ts';

/** How long the bridge may take to say how it is. */
const STATUS_TIMEOUT_MS = 5_000;

/** Which bridge to ask. */
export interface BridgeAddress {
  readonly paths: Pick<HomePaths, 'tokenSecretFile'>;
  readonly settings: Pick<Settings, 'listen' | 'ports'>;
}

/** Asks the bridge of an installation how it is. */
export async function readServiceStatus({ paths, settings }: BridgeAddress): Promise<Answer<ServiceStatus>> {
  const secret = await readTokenSecret(paths.tokenSecretFile);
  const client = createBridgeClient({
    baseUrl: `http://${localAddress(settings.listen[0])}:${settings.ports.ui}`,
    token: secret === null ? null : mintToken(secret, { scope: 'query' }),
    timeoutMs: STATUS_TIMEOUT_MS,
  });
  return client.get('/v1/status', {}, serviceStatusSchema);
}
