import type { SampleRound } from '../domain/sample.ts';

const TIMEOUT_MS = 10_000;

/** Builds what posts rounds to a bridge (`POST /v1/samples`). It rejects where a round was not taken. */
export function createSamplePoster(options: {
  /** Base URL of the bridge's ingest port. */
  readonly bridgeUrl: string;
  /** Read for each request, since a token may be renewed; null = none is sent. */
  readonly readToken: () => string | null;
}): (round: SampleRound) => Promise<void> {
  const url = new URL('/v1/samples', options.bridgeUrl);
  return async (round) => {
    const token = options.readToken();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(round),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url.origin} answered ${response.status}: ${text.slice(0, 300)}`);
  };
}
