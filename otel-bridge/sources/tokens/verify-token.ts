import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { TokenClaims } from '../../domain/event.ts';

/** What a token may be used for: sending, or reading. */
export type TokenScope = 'ingest' | 'query';

/** What a valid token says. */
export interface TokenGrant {
  readonly scope: TokenScope;
  /** Project and agent of everything that is sent with it. */
  readonly claims: TokenClaims;
}

/** Checks a token; null = not one of ours. */
export type TokenVerifier = (token: string) => TokenGrant | null;

/** `amt_<payload>.<mac>`, both base64url; the mac is cut to 22 characters (132 bits). */
const TOKEN = /^amt_([A-Za-z0-9_-]{1,2048})\.([A-Za-z0-9_-]{22})$/;
const SIGNED_PREFIX = 'amt1.';
const MAC_LENGTH = 22;

const payloadSchema = z.object({
  s: z.enum(['ingest', 'query']),
  p: z.string().min(1).max(256).optional(),
  a: z.string().min(1).max(256).optional(),
});

/**
 * Builds the verifier of sender and reader tokens. The CLI mints them with the same secret: mac =
 * base64url(HMAC-SHA256(secret, "amt1." + payload)), payload = base64url({"s": scope, "p": project?, "a": agent?}).
 * @param secret text of the token secret file, without blanks around it
 */
export function createTokenVerifier(secret: string): TokenVerifier {
  return (token) => {
    const [, payload, mac] = TOKEN.exec(token) ?? [];
    if (payload === undefined || mac === undefined) return null;
    const wanted = createHmac('sha256', secret).update(`${SIGNED_PREFIX}${payload}`).digest('base64url');
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(wanted.slice(0, MAC_LENGTH)))) return null;
    return decodeGrant(payload);
  };
}

function decodeGrant(payload: string): TokenGrant | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    // Signed by us and yet not JSON: a token of another version.
    return null;
  }
  const result = payloadSchema.safeParse(value);
  if (!result.success) return null;
  const { s, p, a } = result.data;
  return {
    scope: s,
    claims: { ...(p === undefined ? {} : { project: p }), ...(a === undefined ? {} : { agent: a }) },
  };
}
