import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importEvents } from '../../../cli/events/import-events.ts';
import { createEventPoster } from '../../../cli/events/post-events.ts';
import type { EventLine } from '../../../cli/events/read-event-lines.ts';

/** What the ingest port answers to these lines. */
let answer: (lines: string[], response: ServerResponse) => void;
let requests: string[][];
let server: Server;
let baseUrl: string;

const taken = (lines: string[], response: ServerResponse): void => {
  response.writeHead(202).end(JSON.stringify({ accepted: lines.length, duplicates: 0, rejected: [] }));
};

beforeEach(async () => {
  answer = taken;
  requests = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const lines = gunzipSync(Buffer.concat(chunks)).toString().split('\n');
    requests.push(lines);
    expect(request.headers).toMatchObject({
      authorization: 'Bearer amt_x.y',
      'content-type': 'application/x-ndjson',
    });
    answer(lines, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function* lines(count: number, length = 10): AsyncGenerator<EventLine> {
  for (let number = 1; number <= count; number += 1) yield { number, text: `${number} `.padEnd(length, 'x') };
}

const waits: string[] = [];
const run = (input: AsyncIterable<EventLine>, patienceMs = 10_000) =>
  importEvents({
    lines: input,
    post: createEventPoster({
      baseUrl,
      token: 'amt_x.y',
      patienceMs,
      signal: new AbortController().signal,
      onWait: (reason) => waits.push(reason),
    }),
    onProgress: () => undefined,
  });

describe('importEvents()', () => {
  test('posts in batches, in order, and adds up what became of them', async () => {
    answer = (batch, response) => {
      response.writeHead(202).end(
        JSON.stringify({
          accepted: batch.length - 2,
          duplicates: 1,
          rejected: [{ index: batch.length - 1, id: 'last', code: 'bad_ts', message: 'no time' }],
        }),
      );
    };
    const result = await run(lines(2500));
    expect(result).toEqual({
      events: 2500,
      accepted: 2494,
      duplicates: 3,
      refused: 3,
      refusals: [1000, 2000, 2500].map((line) => ({
        line,
        id: 'last',
        code: 'bad_ts',
        message: 'no time',
      })),
    });
    expect(requests.map((batch) => batch.length)).toEqual([1000, 1000, 500]);
    expect(requests.flat().map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: 2500 }, (_, index) => index + 1),
    );
  });

  test('keeps requests of large events small', async () => {
    await run(lines(10, 1_500_000));
    expect(requests.map((batch) => batch.length)).toEqual([2, 2, 2, 2, 2]);
  });

  test('sends again what a busy bridge did not take', async () => {
    let refusals = 2;
    answer = (batch, response) => {
      refusals -= 1;
      if (refusals < 0) taken(batch, response);
      else response.writeHead(503, { 'retry-after': '0.01' }).end('{}');
    };
    expect(await run(lines(3))).toMatchObject({ accepted: 3 });
    expect(requests).toHaveLength(3);
    expect(waits).toContain('it answers 503');
  });

  test('gives a bridge up that takes nothing', async () => {
    answer = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end('{}');
    await expect(run(lines(3), 500)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('it answers 503'),
    });
    server.closeAllConnections();
    server.close();
    await expect(run(lines(3), 500)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('cuts a batch that is too large until what is too large is alone', async () => {
    answer = (batch, response) => {
      if (!batch.some((line) => line.startsWith('5 '))) taken(batch, response);
      else response.writeHead(413).end(JSON.stringify({ detail: 'larger than 20 MiB' }));
    };
    expect(await run(lines(9))).toEqual({
      events: 9,
      accepted: 8,
      duplicates: 0,
      refused: 1,
      refusals: [{ line: 5, id: null, code: 'too_large', message: 'larger than 20 MiB' }],
    });
  });

  test('stops at a refusal that concerns everything', async () => {
    answer = (_, response) => response.writeHead(401).end(JSON.stringify({ detail: 'a token is missing' }));
    await expect(run(lines(3))).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('answered 401: a token is missing'),
    });
  });
});
