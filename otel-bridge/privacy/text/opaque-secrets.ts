import { REDACTED } from '../marker.ts';

/** Secret access keys of AWS have no prefix: exactly 40 characters of base64 between other characters. */
const FORTY = /(?:(?<![A-Za-z0-9+/_.-])|(?<=\\[nrtbf]))[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])/g;

/** Random base64 of 40 characters has about 4.7 bits each, words and paths about 4. */
const MIN_BITS = 4.3;

/** Replaces runs of 40 base64 characters that look random. Hashes (one case of letters) stay. */
export function redactOpaqueSecrets(text: string): string {
  if (text.length < 40) return text;
  return text.replace(FORTY, (run) => (looksRandom(run) ? REDACTED : run));
}

function looksRandom(run: string): boolean {
  return /[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run) && bitsPerCharacter(run) >= MIN_BITS;
}

function bitsPerCharacter(run: string): number {
  const counts = new Map<string, number>();
  for (const character of run) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / run.length) * Math.log2(count / run.length);
  return bits;
}
