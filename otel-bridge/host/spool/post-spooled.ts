import { MonitorError } from '../../domain/error.ts';
import type { DrainSpoolOptions, PostResult } from './drain-spool.ts';

/** Options of `createSpoolPoster`. */
export interface SpoolPosterOptions {
  /** Base URL of the bridge's ingest port. */
  readonly bridgeUrl: string;
  /** Read for each request, since a token may be renewed; null = none is sent. */
  readonly readToken: () => string | null;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

/** Posts what hooks kept to a bridge (`POST /v1/hooks`). It rejects with a MonitorError where it is to be tried again. */
export function createSpoolPoster(options: SpoolPosterOptions): DrainSpoolOptions['post'] {
  const { timeoutMs = TIMEOUT_MS } = options;
  const url = new URL('/v1/hooks', options.bridgeUrl);
  return async (lines): Promise<PostResult> => {
    const token = options.readToken();
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(lines),
      headers: {
        'content-type': 'application/x-ndjson',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new MonitorError('unavailable', `Cannot reach the bridge at "${url.origin}"`, { cause: error });
    });
    const answer = await response.text();
    if (response.ok) return 'sent';
    if (response.status === 400 || response.status === 413) return 'refused';
    throw new MonitorError(
      'unavailable',
      `Cannot send hooks to "${url.origin}": it answered ${response.status} ${answer.slice(0, 200)}`,
    );
  };
}
