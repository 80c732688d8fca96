import { getCACertificates } from 'node:tls';
import type { BridgeConfig } from '../config.ts';

/**
 * What a target's certificate has to be signed by, in PEM: the authorities that settings name for it and no others,
 * else Node's own list and this system's.
 */
export function targetCertificates({ ca_pem }: Pick<BridgeConfig['targets'][number], 'ca_pem'>): string[] {
  return ca_pem === undefined
    ? [...new Set([...getCACertificates('bundled'), ...getCACertificates('system')])]
    : [ca_pem];
}
