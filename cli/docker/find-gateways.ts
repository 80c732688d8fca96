import type Docker from 'dockerode';

/**
 * `allow_unauthenticated_from` as the bridge takes it: `gateway` becomes the addresses at which the bridge's networks
 * show this machine. Networks that do not exist yet have none.
 */
export async function findGateways(
  client: Docker,
  allowed: readonly string[],
  networkNames: readonly string[],
): Promise<readonly string[]> {
  if (!allowed.includes('gateway')) return allowed;
  const networks = await client.listNetworks();
  const gateways = networks
    .filter(({ Name }) => networkNames.includes(Name))
    .flatMap(({ IPAM }) => IPAM?.Config ?? [])
    .flatMap(({ Gateway }) => (Gateway === undefined ? [] : [Gateway.split('/')[0] ?? Gateway]));
  return [...allowed.filter((network) => network !== 'gateway'), ...gateways.toSorted()];
}
