import { hash } from 'node:crypto';

/** Length of 160 bits in base64url: as many as nobody meets by chance. */
const LENGTH = 27;

/** What tells a text from any other, for ids that have to come out the same again: the beginning of its SHA-256, base64url. */
export function shortDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, LENGTH);
}
