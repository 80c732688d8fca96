import { once } from 'node:events';
import { Agent, request, type Server } from 'node:http';
import { connect, createServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintToken } from '../../../../cli/tokens/mint-token.ts';
import { MonitorError } from '../../../../otel-bridge/domain/error.ts';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import { createAdmission } from '../../../../otel-bridge/sources/admission/admission.ts';
import { createEnvelopeIntake } from '../../../../otel-bridge/sources/envelope/envelope-intake.ts';
import { createHostPolicy } from '../../../../otel-bridge/sources/http/host-policy.ts';
import {
  createIngestServer,
  type IngestServerOptions,
} from '../../../../otel-bridge/sources/http/ingest-server.ts';
import {
  close,
  createMemoryJournal,
  listen,
  type MemoryJournal,
  makeAuthenticator,
  SECRET,
} from '../make-parts.ts';

const redactor = createRedactor(
  {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: true,
    redact: ['defaults'],
  },
  false,
);

let journal: MemoryJournal;
let server: Server;
let url: string;
let logged: string[];

async function start(over: Partial<IngestServerOptions> = {}): Promise<void> {
  journal = createMemoryJournal();
  logged = [];
  server = createIngestServer({
    intake: createEnvelopeIntake({ journal, redact: redactor.event }),
    authenticator: makeAuthenticator(),
    hosts: createHostPolicy(['localhost', '127.0.0.1', '::1']),
    readiness: () => ({ ready: true }),
    log: { error: (_, message) => logged.push(message) },
    ...over,
  });
  url = await listen(server);
}
beforeEach(() => start());
afterEach(() => close(server));

function envelope(id: string, event: object = {}): object {
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: { id, type: 'run.end', ts: '2026-11-21T10:00:00Z', source: { framework: 'openclaw' }, ...event },
    payload: { status: 'success' },
  };
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return fetch(`${url}/v1/events`, {
    method: 'POST',
    body: text as string,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

describe('POST /v1/events', () => {
  it('takes one envelope, and an array of them, and says what was a duplicate', async () => {
    const one = await post(envelope('a'));
    expect(one.status).toBe(202);
    expect(await one.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    const more = await post([envelope('a'), envelope('b'), envelope('b')]);
    expect(await more.json()).toEqual({ accepted: 1, duplicates: 2, rejected: [] });
    expect(journal.events.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('rejects a bad element without failing its neighbours', async () => {
    const response = await post([envelope('a'), envelope('b', { ts: 'never' }), 7, envelope('c')]);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 2,
      duplicates: 0,
      rejected: [
        { index: 1, id: 'b', code: 'bad_ts', message: expect.stringContaining('found "never"') },
        { index: 2, id: null, code: 'not_an_object', message: 'found 7, expected an envelope' },
      ],
    });
    expect(journal.events.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it.each(['application/x-ndjson', 'application/jsonl; charset=utf-8', 'application/ndjson'])(
    'takes one envelope a line as %s, and says which lines it could not',
    async (type) => {
      const lines = [envelope('a'), '', '{"broken":', envelope('b', { type: '' }), envelope('a')];
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
      const response = await post(gzipSync(text), { 'content-type': type, 'content-encoding': 'gzip' });
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({
        accepted: 1,
        duplicates: 1,
        rejected: [
          { index: 2, id: null, code: 'not_json', message: expect.any(String) },
          { index: 3, id: 'b', code: 'no_type', message: expect.any(String) },
        ],
      });
    },
  );

  it('redacts before the journal', async () => {
    await post({
      ...envelope('a'),
      payload: { note: 'key sk-ant-api03-aaaaaaaaaaaaaaaaaaaa1', prompt: 'plan' },
    });
    expect(journal.events[0]?.payload).toEqual({ note: 'key [redacted]' });
  });

  it('gives events the project and agent that the token fixes', async () => {
    const token = mintToken(SECRET, { scope: 'ingest', project: 'demo', agent: 'a1' });
    await post(envelope('a'), { authorization: `Bearer ${token}` });
    expect(journal.events[0]?.claims).toEqual({ project: 'demo', agent: 'a1' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
  ])('inflates %s', async (encoding, compress) => {
    const body = compress(Buffer.from(JSON.stringify([envelope('a')])));
    expect((await post(body, { 'content-encoding': encoding })).status).toBe(202);
    expect(journal.events).toHaveLength(1);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('reads all parts of %s that stand one behind the other', async (encoding, compress) => {
    const lines = ['a', 'b', 'c'].map((id) => compress(Buffer.from(`${JSON.stringify(envelope(id))}\n`)));
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': encoding };
    expect(await (await post(Buffer.concat(lines), headers)).json()).toMatchObject({ accepted: 3 });
  });

  it.each([
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ])('refuses %s with something else behind it', async (encoding, compress) => {
    const body = Buffer.concat([compress(Buffer.from(JSON.stringify(envelope('a')))), Buffer.from('more')]);
    expect((await post(body, { 'content-encoding': encoding })).status).toBe(400);
    expect(journal.events).toEqual([]);
  });

  it('reads no more frames of zstd than anybody sends', async () => {
    const frame = zstdCompressSync(Buffer.from(' '));
    const response = await post(Buffer.concat(Array<Buffer>(1001).fill(frame)), {
      'content-encoding': 'zstd',
    });
    expect(await response.json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('1000 frames'),
    });
  });

  it('says how one envelope a line is sent, where it was not', async () => {
    const response = await post(`${JSON.stringify(envelope('a'))}\n${JSON.stringify(envelope('b'))}\n`);
    const { detail } = (await response.json()) as { detail: string };
    expect(detail).toMatch(/found .* at position \d+.*application\/x-ndjson/);
    expect(await (await post('')).json()).toMatchObject({ detail: expect.stringContaining('found nothing') });
  });

  it('takes a body without content type, with a byte order mark, and an empty array', async () => {
    const bare = await fetch(`${url}/v1/events`, {
      method: 'POST',
      body: Buffer.from(JSON.stringify(envelope('a'))),
    });
    expect(bare.status).toBe(202);
    expect((await post(`\uFEFF${JSON.stringify(envelope('b'))}`)).status).toBe(202);
    expect(await (await post([])).json()).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
  });

  it.each([
    ['{"a":', {}, 400, 'invalid'],
    ['', {}, 400, 'invalid'],
    ['[]', { 'content-type': 'text/plain' }, 415, 'unsupported'],
    ['[]', { 'content-encoding': 'lzma' }, 415, 'unsupported'],
    ['[]', { 'content-encoding': 'constructor' }, 415, 'unsupported'],
    ['[]', { 'content-encoding': 'gzip' }, 400, 'invalid'],
    ['[]', { authorization: 'Bearer amt_x.y' }, 401, 'unauthorized'],
    ['[]', { origin: 'https://evil.example' }, 403, 'foreign_origin'],
    ['[]', { origin: 'null' }, 403, 'foreign_origin'],
  ])('answers %j with %j: %i', async (body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code, type: 'about:blank' });
    expect(logged).toEqual([]);
  });

  it('takes requests of its own pages', async () => {
    expect((await post([], { origin: 'http://localhost:8081' })).status).toBe(202);
  });

  it('answers only to its own names', async () => {
    const ask = async (host: string): Promise<number | undefined> => {
      const asked = request(`${url}/healthz`, { headers: { host } });
      asked.end();
      const [response] = await once(asked, 'response');
      response.resume();
      return response.statusCode;
    };
    expect(await ask('evil.example')).toBe(421);
    expect(await ask('localhost.evil.example:80')).toBe(421);
    expect(await ask('LocalHost:1234')).toBe(200);
    expect(await ask('[::1]:8080')).toBe(200);
  });

  it('asks to come back while the journal cannot write, and keeps serving', async () => {
    journal.failure = new MonitorError('unavailable', 'the disk is full', { retryAfterS: 7 });
    const response = await post(envelope('a'));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
    journal.failure = null;
    expect((await post(envelope('a'))).status).toBe(202);
  });

  it('says nothing of its own faults but that they are in the log', async () => {
    journal.failure = new Error('inside');
    const response = await post(envelope('a'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inside');
    expect(logged).toEqual(['request failed']);
  });

  it('requires a token where tokens are required', async () => {
    await close(server);
    await start({ authenticator: makeAuthenticator(true) });
    const refused = await post(envelope('a'));
    expect(refused.status).toBe(401);
    const token = mintToken(SECRET, { scope: 'ingest' });
    expect((await post(envelope('a'), { 'x-agent-monitor-token': token })).status).toBe(202);
  });
});

describe('limits', () => {
  it('stops at a body that is too large, declared, streamed or inflated', async () => {
    await close(server);
    await start({ bodyLimitBytes: 100_000 });
    const large = JSON.stringify([envelope('x'.repeat(150_000))]);
    expect((await post(large)).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    const streamed = await fetch(`${url}/v1/events`, {
      method: 'POST',
      duplex: 'half',
      body: ReadableStream.from(
        (async function* () {
          for (let piece = 0; piece < 50; piece += 1) yield Buffer.alloc(10_000, 0x20);
        })(),
      ),
    } as RequestInit);
    expect(streamed.status).toBe(413);
    expect((await post(envelope('a'))).status).toBe(202);
  });

  it.each([
    ['nested 100,000 deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['with objects nested 5,000 deep', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
    ['with 100,000 keys', `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
  ])('survives an envelope %s, and its neighbour too', async (_, payload) => {
    const hostile = JSON.stringify({ ...envelope('a'), payload: null }).replace('null', payload);
    const beganMs = performance.now();
    const response = await post(`[${hostile},${JSON.stringify(envelope('b'))}]`);
    expect(response.status).toBe(202);
    expect(performance.now() - beganMs).toBeLessThan(5000);
    expect(journal.events.map(({ id }) => id)).toContain('b');
    expect(JSON.stringify(journal.events).length).toBeLessThan(10_000);
  });

  it('refuses a body with more values than anybody has', async () => {
    const response = await post(gzipSync(`[${'{},'.repeat(1_500_000)}{}]`), { 'content-encoding': 'gzip' });
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'too_large' }]);
  });

  it('ends a request that does not arrive in time, also on connections that are handed in', async () => {
    await close(server);
    await start({ requestTimeoutMs: 300, headersTimeoutMs: 300 });
    const feeder = createServer((socket) => server.emit('connection', socket)).listen(0, '127.0.0.1');
    await once(feeder, 'listening');
    const { port } = feeder.address() as { port: number };
    for (const start of [
      'POST /v1/events HT',
      'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n[',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.write(start);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
      socket.destroy();
    }
    feeder.close();
  });

  it('answers 503 on connections beyond its limit', async () => {
    await close(server);
    await start({ maxConnections: 2 });
    const { port } = server.address() as { port: number };
    const held = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const third = connect(port, '127.0.0.1');
    const [answer] = (await once(third, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1/s);
    for (const socket of held) socket.destroy();
    await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), 20_000);
  });

  it('lets a silent connection make room for one that sends, and leaves those at work alone', async () => {
    await close(server);
    await start({ maxConnections: 2 });
    const kept = Promise.withResolvers<void>();
    const { append } = journal;
    journal.append = async (batch) => {
      await kept.promise;
      return append.call(journal, batch);
    };
    const atWork = post(envelope('at-work'));
    const { port } = server.address() as { port: number };
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    const goodbye = once(silent, 'data') as Promise<[Buffer]>;
    await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), 20_000);
    expect((await goodbye)[0].toString()).toMatch(/^HTTP\/1\.1 408 .*retry-after: 1/s);
    kept.resolve();
    expect((await atWork).status).toBe(202);
    silent.destroy();
  });

  it('refuses what there is no room for, and says when to come back', async () => {
    await close(server);
    await start({ admission: createAdmission({ maxRequests: 0 }) });
    const response = await post(envelope('a'));
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
      503,
      '1',
      { code: 'unavailable' },
    ]);
    expect(journal.events).toEqual([]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('keeps connections open from one request to the next', async () => {
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const agent = new Agent({ keepAlive: true });
    for (let round = 0; round < 5; round += 1) {
      const asked = request(`${url}/v1/events`, { method: 'POST', agent });
      asked.end(JSON.stringify(envelope(`e${round}`)));
      const [response] = await once(asked, 'response');
      response.resume();
      await once(response, 'end');
    }
    agent.destroy();
    expect(connections).toBe(1);
  });
});

describe('the other routes', () => {
  it('tells that it lives, and whether it is ready', async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}//healthz/`)).status).toBe(200);
    await close(server);
    await start({ readiness: () => ({ ready: false, reason: 'the journal is being opened' }) });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', reason: 'the journal is being opened' });
  });

  it('refuses other paths and methods', async () => {
    expect((await fetch(`${url}/v1/hooks/claude-code`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/constructor`)).status).toBe(404);
    const wrong = await fetch(`${url}/v1/events`);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
  });
});
