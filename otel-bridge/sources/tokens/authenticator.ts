import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { MonitorError } from '../../domain/error.ts';
import type { TokenClaims } from '../../domain/event.ts';
import { remembering } from '../../domain/remembering.ts';
import { findToken, type RequestHeaders } from './find-token.ts';
import { plainAddress } from './plain-address.ts';
import type { TokenScope, TokenVerifier } from './verify-token.ts';

/** Who asks. */
export interface Peer {
  readonly headers: RequestHeaders;
  /** Address of the other end of the connection; undefined when it is gone. */
  readonly remoteAddress: string | undefined;
}

/** Whether a peer may do what it wants to. */
export type Authentication =
  | { readonly granted: true; readonly claims: TokenClaims | undefined }
  | { readonly granted: false; readonly detail: string };

/** Knows who may send and who may read. */
export interface Authenticator {
  /**
   * A valid token of the scope is always enough and a wrong one never is. Without a token: loopback where tokens are
   * not required, and for sending the addresses that the settings name.
   */
  authenticate(peer: Peer, scope: TokenScope): Authentication;
}

/** What an authenticator needs. */
export interface AuthenticatorOptions {
  readonly verify: TokenVerifier;
  /** True: every sender and reader needs a token, on loopback too. */
  readonly requireTokens: boolean;
  /** CIDRs or single addresses that may send without a token. */
  readonly allowUnauthenticatedFrom: readonly string[];
}

/** Addresses of peers: whether so many of them are on a list is remembered. */
const ADDRESSES = { maxLength: 255, count: 1000 };

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

const REMEDY: Readonly<Record<TokenScope, string>> = {
  ingest: 'Send the headers that "monitor env" prints',
  query: 'Open the page with "monitor open", which gives a link with a token',
};

/**
 * Builds the authenticator.
 * @throws MonitorError `invalid` for an entry of `allowUnauthenticatedFrom` that is no address.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const isLoopback = isOnList(toBlockList(LOOPBACK));
  const isAllowed = isOnList(toBlockList(options.allowUnauthenticatedFrom));
  const mayGoWithout = (address: string | undefined, scope: TokenScope): boolean =>
    (!options.requireTokens && isLoopback(address)) || (scope === 'ingest' && isAllowed(address));

  return {
    authenticate({ headers, remoteAddress }, scope) {
      const token = findToken(headers, { cookie: scope === 'query' });
      if (token === null) {
        if (mayGoWithout(remoteAddress, scope)) return { granted: true, claims: undefined };
        return denied(`a token is missing. ${REMEDY[scope]}`);
      }
      const grant = options.verify(token);
      if (grant === null) return denied(`the token is not valid here. ${REMEDY[scope]}`);
      if (grant.scope !== scope) {
        return denied(`the token is for ${grant.scope}, not for ${scope}. ${REMEDY[scope]}`);
      }
      return { granted: true, claims: grant.claims };
    },
  };
}

function denied(reason: string): Authentication {
  return { granted: false, detail: `Cannot accept the request: ${reason}` };
}

function toBlockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.trim().split('/', 2);
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
    const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
    if (family === null || !Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) {
      throw new MonitorError(
        'invalid',
        `Cannot use allow_unauthenticated_from entry "${entry}": expected an address or CIDR such as 172.18.0.0/16. Correct it in settings.yaml`,
      );
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}

function isOnList(list: BlockList): (address: string | undefined) => boolean {
  const isOn = remembering((address) => {
    const plain = plainAddress(address);
    return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  }, ADDRESSES);
  return (address) => address !== undefined && isOn(address);
}
