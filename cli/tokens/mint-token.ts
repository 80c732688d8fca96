import { createHmac } from 'node:crypto';

/** What a token allows and fixes. */
export interface TokenGrant {
  /** `ingest` sends telemetry and events; `query` reads. */
  readonly scope: 'ingest' | 'query';
  /** Project that everything sent with the token belongs to, whatever the sender claims. */
  readonly project?: string | undefined;
  /** Agent that everything sent with the token belongs to, whatever the sender claims. */
  readonly agent?: string | undefined;
}

/** What the signature starts with: a later kind of token gets another one and cannot be mistaken for this. */
const SIGNED_PREFIX = 'amt1.';

/** 22 characters of base64url are 132 bits. */
const MAC_LENGTH = 22;

/**
 * Makes a token that the bridge accepts: `amt_<payload>.<mac>`.
 *
 * The payload is base64url of the JSON `{"s": scope, "p"?: project, "a"?: agent}`, the mac HMAC-SHA256 over it.
 * The same grant gives the same token, so printing an agent's settings twice changes nothing.
 * Tokens do not expire; a new secret makes all of them invalid.
 * @param secret text of the token secret file, see `ensureTokenSecret`
 */
export function mintToken(secret: string, grant: TokenGrant): string {
  const claims = { s: grant.scope, p: grant.project, a: grant.agent };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const mac = createHmac('sha256', secret).update(`${SIGNED_PREFIX}${payload}`).digest('base64url');
  return `amt_${payload}.${mac.slice(0, MAC_LENGTH)}`;
}
