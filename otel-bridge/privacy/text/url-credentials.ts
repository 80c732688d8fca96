import { REDACTED } from '../marker.ts';

/**
 * `scheme://user:password@host`. A number behind the colon is a port, not a password. Bounded, so linear.
 * The user is taken out as well: forges take a token in its place.
 */
const USER_AND_PASSWORD = /:\/\/[^\s/?#:@"'<>\\]{0,256}:(?!\d{1,5}(?:[/?#]|$))[^\s@"'<>\\]{1,512}@/g;

/** `scheme://token@host`: a user that is too long to be a name. */
const LONG_USER = /:\/\/[^\s/?#:@"'<>\\]{16,512}@/g;

/** Replaces credentials in URLs. */
export function redactUrlCredentials(text: string): string {
  if (!text.includes('://') || !text.includes('@')) return text;
  return text.replace(USER_AND_PASSWORD, `://${REDACTED}@`).replace(LONG_USER, `://${REDACTED}@`);
}
