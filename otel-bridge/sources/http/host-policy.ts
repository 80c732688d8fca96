import { remembering } from '../../domain/remembering.ts';

/** Knows the names that the bridge answers to. */
export interface HostPolicy {
  /** True for a Host header that is answered. A page of another site that made its name point here has another one. */
  isKnownHost(host: string | undefined): boolean;
  /** True for an Origin header whose pages may talk to us. Browsers send one, other clients do not. */
  isKnownOrigin(origin: string): boolean;
}

/** Clients call the bridge by few names: whether so many of them are known is remembered. */
const HOSTS = { maxLength: 255, count: 100 };

/** Builds the policy. @param allowedHosts names and addresses, without ports */
export function createHostPolicy(allowedHosts: readonly string[]): HostPolicy {
  const known = new Set(allowedHosts.map(toName));
  const isKnown = remembering((host) => known.has(toName(host)), HOSTS);
  return {
    isKnownHost: (host) => host !== undefined && isKnown(host),
    isKnownOrigin(origin) {
      const host = /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1];
      return host !== undefined && known.has(toName(host));
    },
  };
}

/** `LocalHost.:8080` -> `localhost`, `[::1]:8080` -> `::1`. */
function toName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  if (bracketed !== undefined) return bracketed.toLowerCase();
  const isAddress = (host.match(/:/g) ?? []).length > 1;
  const name = isAddress ? host : host.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}
