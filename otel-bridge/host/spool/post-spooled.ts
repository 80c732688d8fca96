import { MonitorError } from '../../domain/error.ts';
import type { DrainSpoolOptions, PostResult } from './drain-spool.ts';

/** Options of `createSpoolPoster`. */
export interface SpoolPosterOptions {
  /** Base URL of the bridge's ingest port. */
  readonly bridgeUrl: string;
  /** Route of the ingest port that takes the lines. */
  readonly path: '/v1/hooks' | '/v1/events';
  /** Read for each request, since a token may be renewed; null = none is sent. */
  readonly readToken: () => string | null;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

/** Posts lines of a spool to a bridge. It rejects with a MonitorError where it is to be tried again. */
export function createSpoolPoster(options: SpoolPosterOptions): DrainSpoolOptions['post'] {
  const { timeoutMs = TIMEOUT_MS } = options;
  const url = new URL(options.path, options.bridgeUrl);
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
      `Cannot send what was kept to "${url.href}": it answered ${response.status} ${answer.slice(0, 200)}`,
    );
  };
}
