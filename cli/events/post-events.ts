import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import type { IngestAccess } from '../bridge-api/connect-ingest.ts';
import { CliError } from '../errors.ts';
import type { EventLine } from './read-event-lines.ts';

const compress = promisify(gzip);

/** An event that the bridge refused. */
export interface RefusedLine {
  /** As in `EventLine`. */
  readonly line: number;
  /** Its event id; null where it has none. */
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
}

/** What became of a batch. */
export interface PostedEvents {
  readonly accepted: number;
  /** Those that the bridge had before. */
  readonly duplicates: number;
  readonly refused: readonly RefusedLine[];
}

/** Options of `createEventPoster`. */
export interface EventPosterOptions extends IngestAccess {
  /** How long the bridge may be away before it is given up, ms. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Hears why it is waited. */
  readonly onWait: (reason: string) => void;
}

/** Asked to come back after this where the bridge does not say. */
const RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;

const answerSchema = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.array(
    z.object({ index: z.number().int(), id: z.string().nullable(), code: z.string(), message: z.string() }),
  ),
});
const problemSchema = z.object({ detail: z.string() });

/**
 * Builds what posts events and waits for a bridge that is busy or starting. Posting the same again is harmless: the
 * bridge counts an event once.
 * @returns a function that throws CliError TIMEOUT, FAILED, or the signal's reason
 */
export function createEventPoster(
  options: EventPosterOptions,
): (lines: readonly EventLine[]) => Promise<PostedEvents> {
  const url = new URL('/v1/events', options.baseUrl);

  async function post(lines: readonly EventLine[]): Promise<PostedEvents> {
    const response = await sendPatiently(lines);
    const text = await response.text();
    if (response.status === 413) return splitAndPost(lines, reasonIn(text));
    if (!response.ok) {
      throw new CliError('FAILED', `Cannot import: ${url} answered ${response.status}: ${reasonIn(text)}`, {
        fix: ['monitor status', 'monitor logs bridge'],
      });
    }
    const { accepted, duplicates, rejected } = answerSchema.parse(JSON.parse(text));
    const refused = rejected.map(({ index, id, code, message }) => ({
      line: lines[index]?.number ?? index + 1,
      id,
      code,
      message,
    }));
    return { accepted, duplicates, refused };
  }

  /** A batch that is too large goes in halves, until what is too large is alone. */
  async function splitAndPost(lines: readonly EventLine[], reason: string): Promise<PostedEvents> {
    const [only, ...others] = lines;
    if (only === undefined) return { accepted: 0, duplicates: 0, refused: [] };
    if (others.length === 0) {
      const refusal = { line: only.number, id: null, code: 'too_large', message: reason };
      return { accepted: 0, duplicates: 0, refused: [refusal] };
    }
    const half = Math.ceil(lines.length / 2);
    const first = await post(lines.slice(0, half));
    const second = await post(lines.slice(half));
    return {
      accepted: first.accepted + second.accepted,
      duplicates: first.duplicates + second.duplicates,
      refused: [...first.refused, ...second.refused],
    };
  }

  async function sendPatiently(lines: readonly EventLine[]): Promise<Response> {
    const body = await compress(lines.map(({ text }) => text).join('\n'));
    const deadlineMs = performance.now() + options.patienceMs;
    for (;;) {
      const { response, reason } = await send(body);
      if (response !== null && response.status !== 503 && response.status !== 429) return response;
      const waitMs = Number(response?.headers.get('retry-after') ?? Number.NaN) * 1000 || RETRY_MS;
      if (performance.now() + waitMs > deadlineMs) {
        throw new CliError('TIMEOUT', `Cannot import: ${url} takes nothing (${reason})`, {
          fix: ['monitor status', 'run the same again: what is in already counts once'],
        });
      }
      options.onWait(reason);
      await sleep(Math.min(waitMs, MAX_RETRY_MS), undefined, { signal: options.signal });
    }
  }

  async function send(
    body: Buffer<ArrayBuffer>,
  ): Promise<{ readonly response: Response | null; readonly reason: string }> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
          ...(options.token === null ? {} : { authorization: `Bearer ${options.token}` }),
        },
        signal: options.signal,
      });
      return { response, reason: `it answers ${response.status}` };
    } catch (error) {
      options.signal.throwIfAborted();
      // `fetch` hides what happened in `cause`.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { response: null, reason: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  return post;
}

function reasonIn(body: string): string {
  try {
    return problemSchema.parse(JSON.parse(body)).detail;
  } catch {
    // Not a problem document: what it is says enough.
    return body.slice(0, 200);
  }
}
