import { readFileSync } from 'node:fs';

/** The token in a file; null where there is none. Read for each request, since a token may be renewed. */
export function readTokenFile(file: string | null): string | null {
  return file === null ? null : readFileSync(file, 'utf8').trim();
}
