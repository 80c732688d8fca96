import { readFileSync } from 'node:fs';
import { MonitorError } from '../../domain/error.ts';

/** Shorter secrets can be guessed. */
const MIN_LENGTH = 16;

/**
 * Reads the secret that tokens are signed with.
 * @throws MonitorError `not_found` without the file, `invalid` when it holds no secret.
 */
export function readTokenSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new MonitorError(
      'not_found',
      `Cannot read token secret "${path}": run "monitor init" to write it`,
      {
        cause: error,
      },
    );
  }
  if (text.length < MIN_LENGTH) {
    throw new MonitorError(
      'invalid',
      `Cannot use token secret "${path}": found ${text.length} characters, expected ${MIN_LENGTH} or more. Remove the file and run "monitor init"`,
    );
  }
  return text;
}
