import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { toEnvelope } from '../domain/envelope.ts';
import { MonitorError } from '../domain/error.ts';
import type { AgentEvent } from '../domain/event.ts';
import type { EventSink } from './event-batcher.ts';
import type { HostLog } from './host-log.ts';

const compress = promisify(gzip);
const TIMEOUT_MS = 30_000;

/** Options of `createEventPoster`. */
export interface EventPosterOptions {
  /** Base URL of the bridge's ingest port. */
  readonly bridgeUrl: string;
  /** Read for each request, since a token may be renewed; null = none is sent. */
  readonly readToken: () => string | null;
  readonly log: HostLog;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

/** What the ingest route answers. */
interface IngestAnswer {
  readonly rejected?: readonly { readonly id?: string; readonly code?: string; readonly message?: string }[];
}

/**
 * A sink that posts events as agentmon envelopes to a bridge. It resolves when the bridge has made them durable and
 * rejects with a MonitorError (`unavailable`, `unauthorized`, ...) otherwise; whoever calls tries again. Events that the
 * bridge refuses for good are said and left out, or they would stand in the way of all others.
 */
export function createEventPoster(options: EventPosterOptions): EventSink {
  const { log, timeoutMs = TIMEOUT_MS } = options;
  const url = new URL('/v1/events', options.bridgeUrl);

  async function post(events: readonly AgentEvent[]): Promise<void> {
    const body = await compress(JSON.stringify(events.map(toEnvelope)));
    const response = await send(body);
    const text = await response.text();
    if (response.ok) {
      for (const { id, code, message } of parseAnswer(text).rejected ?? []) {
        log.warn({ event: id, code }, `The bridge refused event "${id}": ${message ?? code}. It is left out`);
      }
      return;
    }
    const [only, ...others] = events;
    if (response.status === 413 && only !== undefined && others.length > 0) {
      const half = Math.ceil(events.length / 2);
      await post(events.slice(0, half));
      await post(events.slice(half));
      return;
    }
    if (response.status === 413 || response.status === 422) {
      log.warn(
        { event: only?.id, status: response.status },
        `The bridge refused event "${only?.id}": ${response.status} ${text.slice(0, 200)}. It is left out`,
      );
      return;
    }
    throw refusal(response.status, text);
  }

  async function send(body: Buffer): Promise<Response> {
    const token = options.readToken();
    try {
      return await fetch(url, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: {
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw new MonitorError(
        'unavailable',
        `Cannot reach the bridge at "${url.origin}": ${reasonOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  function refusal(status: number, text: string): MonitorError {
    const answer = text.slice(0, 200);
    if (status === 401 || status === 403) {
      return new MonitorError(
        'unauthorized',
        `Cannot send events to "${url.origin}": it answered ${status} ${answer}. Check the token file; "monitor env" hands out tokens`,
      );
    }
    const message = `Cannot send events to "${url.origin}": it answered ${status} ${answer}`;
    return new MonitorError(status === 429 || status >= 500 ? 'unavailable' : 'invalid', message);
  }

  return (events) => post(events);
}

function parseAnswer(text: string): IngestAnswer {
  try {
    return JSON.parse(text) as IngestAnswer;
  } catch {
    return {};
  }
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
