import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { BridgeConfig } from '../config.ts';
import { MonitorError } from '../domain/error.ts';

/** Where the bridge itself listens, and the names that it answers to. */
export type OwnAddresses = Pick<BridgeConfig, 'listen' | 'ports' | 'allowed_hosts'>;

/**
 * Refuses a target that points at ourselves: everything that is sent there would come in again, for ever.
 * @throws MonitorError `invalid` when it does, or when the address is no http(s) URL.
 */
export function checkTargetAddress(target: string, endpoint: string, own: OwnAddresses): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new MonitorError(
      'invalid',
      `Cannot deliver to target "${target}": its address is "${endpoint}", expected a URL like http://host:4318`,
    );
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const name = Object.entries(own.ports).find(([, number]) => number === port)?.[0];
  if (name === undefined || !isOwnHost(url.hostname.replace(/^\[|\]$/g, ''), own)) return;
  throw new MonitorError(
    'invalid',
    `Cannot deliver to target "${target}": "${endpoint}" is the bridge's own port ${name}, so everything would come in again. Name another back end under targets in settings.yaml`,
  );
}

function isOwnHost(host: string, { listen, allowed_hosts }: OwnAddresses): boolean {
  const isLoopback = host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host === '::';
  // IPv4 as a part of IPv6: ::ffff:127.0.0.1, as URLs write it.
  if (/^::ffff:(?:7f[0-9a-f]{2}|0):/.test(host)) return true;
  if (isLoopback || (isIPv4(host) && /^(127|0)\./.test(host))) return true;
  if (listen.includes(host) || allowed_hosts.includes(host)) return true;
  const isEverywhere = listen.includes('0.0.0.0') || listen.includes('::');
  return isEverywhere && machineAddresses().includes(host);
}

/** Addresses of this machine's (or container's) own interfaces. */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((known) => (known ?? []).map(({ address }) => address));
}
