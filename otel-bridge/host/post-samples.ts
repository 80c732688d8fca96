import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { SampleRound } from '../domain/sample.ts';

const TIMEOUT_MS = 10_000;
/** So much is written at a time. */
const PART_SIZE = 65_536;

/**
 * Builds what posts rounds to a bridge (`POST /v1/samples`). It rejects where a round was not taken. What it sends is written
 * piece by piece, and without `fetch`: a round may be megabytes, and the sampler has to stay small.
 */
export function createSamplePoster(options: {
  /** Base URL of the bridge's ingest port. */
  readonly bridgeUrl: string;
  /** Read for each request, since a token may be renewed; null = none is sent. */
  readonly readToken: () => string | null;
}): (round: SampleRound) => Promise<void> {
  const url = new URL('/v1/samples', options.bridgeUrl);
  return async (round) => {
    const token = options.readToken();
    const start = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
    const request = start(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const response = await send(request, round);
    const answer = await text(response);
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) {
      throw new Error(`${url.origin} answered ${statusCode}: ${answer.slice(0, 300)}`);
    }
  };
}

/** An answer may come before everything is written: a bridge refuses what it does not want to read. */
function send(request: ClientRequest, round: SampleRound): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = Readable.from(jsonOf(round), { objectMode: false });
    request.once('response', (response) => {
      request.on('error', () => body.destroy());
      resolve(response);
    });
    request.once('error', (error) => {
      body.destroy();
      reject(error);
    });
    body.pipe(request);
  });
}

/** The round as JSON, in parts. */
function* jsonOf({ things, ...round }: SampleRound): Generator<string> {
  let part = `${JSON.stringify(round).slice(0, -1)},"things":[`;
  for (const [index, thing] of things.entries()) {
    part += `${index === 0 ? '' : ','}${JSON.stringify(thing)}`;
    if (part.length < PART_SIZE) continue;
    yield part;
    part = '';
  }
  yield `${part}]}`;
}
