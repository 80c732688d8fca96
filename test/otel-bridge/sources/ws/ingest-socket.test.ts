import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { mintToken } from '../../../../cli/tokens/mint-token.ts';
import { MonitorError } from '../../../../otel-bridge/domain/error.ts';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import { createAdmission } from '../../../../otel-bridge/sources/admission/admission.ts';
import { createEnvelopeIntake } from '../../../../otel-bridge/sources/envelope/envelope-intake.ts';
import { createHostPolicy } from '../../../../otel-bridge/sources/http/host-policy.ts';
import { createIngestServer } from '../../../../otel-bridge/sources/http/ingest-server.ts';
import {
  type IngestSocket,
  type IngestSocketOptions,
  serveIngestSocket,
} from '../../../../otel-bridge/sources/ws/ingest-socket.ts';
import { createMemoryJournal, type MemoryJournal, makeAuthenticator, SECRET } from '../make-parts.ts';

const MIB = 1024 * 1024;
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
let front: NetServer;
let socket: IngestSocket;
let url: string;
let logged: string[];

async function start(over: Partial<IngestSocketOptions> & { requireTokens?: boolean } = {}): Promise<void> {
  journal = createMemoryJournal();
  logged = [];
  const parts = {
    intake: createEnvelopeIntake({ journal, redact: redactor.event }),
    authenticator: makeAuthenticator(over.requireTokens),
    hosts: createHostPolicy(['127.0.0.1', 'localhost']),
    log: { error: (_: object, message: string) => logged.push(message) },
  };
  const server = createIngestServer({ ...parts, readiness: () => ({ ready: true }) });
  socket = serveIngestSocket(server, { ...parts, ...over });
  // As the supervisor hands them over: nothing read yet.
  front = createServer({ pauseOnConnect: true }, (connection) => {
    server.emit('connection', connection);
    connection.resume();
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  url = `ws://127.0.0.1:${(front.address() as AddressInfo).port}/v1/ws`;
}
async function stop(): Promise<void> {
  front.close();
  await socket[Symbol.asyncDispose]();
}
beforeEach(() => start());
afterEach(stop);

const envelope = (id: string, over: object = {}) => ({
  schema: { name: 'agentmon.event', version: 1 },
  event: { id, type: 'span.start', ts: '2026-11-21T10:00:00Z', source: { framework: 'codex' } },
  correlation: { session_id: 's-1' },
  ...over,
});

async function open(headers: Record<string, string> = {}): Promise<WebSocket> {
  const client = new WebSocket(url, { headers });
  await once(client, 'open');
  return client;
}

/** The next answer. */
async function answerOf(client: WebSocket): Promise<unknown> {
  const [data] = (await once(client, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}

async function send(client: WebSocket, value: unknown): Promise<unknown> {
  const answer = answerOf(client);
  client.send(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  return answer;
}

/** The status and problem that an upgrade is refused with. */
async function refusal(headers: Record<string, string>, to = url): Promise<unknown> {
  const client = new WebSocket(to, { headers });
  client.on('error', () => undefined);
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

describe('the WebSocket of the ingest port', () => {
  it('acknowledges one envelope, and an array, by the ids of their sender', async () => {
    const client = await open();
    expect(await send(client, envelope('a'))).toEqual({ accepted: ['a'], duplicates: [], rejected: [] });
    expect(await send(client, [envelope('a'), envelope('b'), { event: { id: 'c' } }])).toEqual({
      accepted: ['b'],
      duplicates: ['a'],
      rejected: [{ id: 'c', code: 'wrong_schema', message: expect.any(String) }],
    });
    expect(journal.events.map(({ id }) => id)).toEqual(['a', 'b']);
    client.close();
  });

  it('acknowledges under the id that was sent, also where a secret is taken out of it', async () => {
    const client = await open();
    const id = 'call-ghp_16C7e42F292c6912E7710c838347Ae178B4a';
    expect(await send(client, envelope(id))).toMatchObject({ accepted: [id] });
    expect(journal.events[0]?.id).not.toContain('ghp_16C7');
    client.close();
  });

  it('acknowledges only what the journal has', async () => {
    const client = await open();
    const kept = Promise.withResolvers<void>();
    const { append } = journal;
    journal.append = async (request) => {
      await kept.promise;
      return append.call(journal, request);
    };
    let acknowledged = false;
    const answer = send(client, envelope('a')).then(() => {
      acknowledged = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([acknowledged, socket.underWay]).toEqual([false, 1]);
    kept.resolve();
    await answer;
    expect(socket.underWay).toBe(0);
    client.close();
  });

  it('takes many messages at once, each with its own acknowledgement', async () => {
    const client = await open();
    const ids = Array.from({ length: 5000 }, (_, index) => `id-${index}`);
    const acknowledged = new Set<string>();
    const all = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        for (const id of (JSON.parse(data.toString()) as { accepted: string[] }).accepted)
          acknowledged.add(id);
        if (acknowledged.size === ids.length) resolve();
      });
    });
    for (const id of ids) client.send(JSON.stringify(envelope(id)));
    await all;
    expect(journal.events).toHaveLength(ids.length);
    client.close();
  });

  it('tells by id what to send again while the journal cannot write', async () => {
    const client = await open();
    journal.failure = new MonitorError('unavailable', 'the disk is full', { retryAfterS: 3 });
    expect(await send(client, [envelope('a'), envelope('b')])).toEqual({
      accepted: [],
      duplicates: [],
      rejected: [
        { id: 'a', code: 'unavailable', message: 'the disk is full' },
        { id: 'b', code: 'unavailable', message: 'the disk is full' },
      ],
      retry_after_s: 3,
    });
    journal.failure = null;
    expect(await send(client, [envelope('a'), envelope('b')])).toMatchObject({ accepted: ['a', 'b'] });
    client.close();
  });

  it('refuses by id what there is no room for, and keeps the client', async () => {
    await stop();
    let maxRequests = 0;
    await start({
      admission: {
        ...createAdmission(),
        enter: (arrival) => createAdmission({ maxRequests }).enter(arrival),
      },
    });
    const client = await open();
    expect(await send(client, [envelope('a'), envelope('b')])).toMatchObject({
      accepted: [],
      rejected: [
        { id: 'a', code: 'unavailable' },
        { id: 'b', code: 'unavailable' },
      ],
      retry_after_s: 1,
    });
    maxRequests = 1;
    expect(await send(client, [envelope('a'), envelope('b')])).toMatchObject({ accepted: ['a', 'b'] });
    client.close();
  });

  it('sends those away who hold the most of a full room, to try again later, and no other', async () => {
    await stop();
    await start({ admission: createAdmission({ limitBytes: 4 * MIB, patienceMs: 0 }) });
    const large = await Promise.all([open(), open(), open(), open()]);
    const modest = await open();
    const codes: number[] = [];
    for (const client of large) {
      client.once('close', (code) => codes.push(code));
      client.on('error', () => undefined);
      // The beginning of a message that never ends.
      client.send(Buffer.alloc(2 * MIB), { fin: false });
    }
    await vi.waitFor(() => expect(codes.length).toBeGreaterThanOrEqual(2), 20_000);
    expect(new Set(codes)).toEqual(new Set([1013]));
    expect(await send(modest, envelope('modest'))).toMatchObject({ accepted: ['modest'] });
    expect(large.filter(({ readyState }) => readyState === WebSocket.OPEN).length).toBeGreaterThan(0);
    for (const client of [...large, modest]) client.terminate();
  });

  it('keeps a fault of its own to itself and its log', async () => {
    const client = await open();
    journal.failure = new Error('secret detail');
    const answer = await send(client, envelope('a'));
    expect(answer).toMatchObject({ rejected: [{ id: 'a', code: 'internal' }] });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(logged).toEqual(['WebSocket message failed']);
    client.close();
  });

  it.each(['nonsense', '', '{"a":'])('says that "%s" is not JSON, and goes on', async (text) => {
    const client = await open();
    expect(await send(client, text)).toMatchObject({ rejected: [{ id: null, code: 'invalid' }] });
    expect(await send(client, envelope('a'))).toMatchObject({ accepted: ['a'] });
    client.close();
  });

  it('takes envelopes in binary messages too', async () => {
    const client = await open();
    expect(await send(client, Buffer.from(JSON.stringify(envelope('a'))))).toMatchObject({ accepted: ['a'] });
    client.close();
  });

  it('needs a valid token where every sender needs one, and keeps what it fixes', async () => {
    await stop();
    await start({ requireTokens: true });
    expect(await refusal({})).toMatchObject({ status: 401, code: 'unauthorized' });
    const wrongScope = mintToken(SECRET, { scope: 'query' });
    expect(await refusal({ authorization: `Bearer ${wrongScope}` })).toMatchObject({ status: 401 });
    const token = mintToken(SECRET, { scope: 'ingest', project: 'demo' });
    const client = await open({ authorization: `Bearer%20${token}` });
    await send(client, envelope('a'));
    expect(journal.events[0]?.claims).toEqual({ project: 'demo' });
    client.close();
  });

  it('answers only to its own names, and to no page of another site', async () => {
    expect(await refusal({ host: 'evil.example' })).toMatchObject({ status: 421, code: 'unknown_host' });
    expect(await refusal({ origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      code: 'foreign_origin',
    });
    const client = await open({ origin: 'http://localhost:8081' });
    client.close();
  });

  it('opens no WebSocket on another path', async () => {
    expect(await refusal({}, url.replace('/v1/ws', '/v1/events'))).toMatchObject({ status: 404 });
  });

  it('answers requests that offer another protocol as if they did not', async () => {
    const call = request(url.replace('ws:', 'http:').replace('/v1/ws', '/v1/events'), {
      method: 'POST',
      headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' },
    });
    call.end(JSON.stringify(envelope('a')));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(202);
  });

  it('ends the connection of a client whose message is beyond the limit', async () => {
    await stop();
    await start({ messageLimitBytes: MIB });
    const client = await open();
    client.on('error', () => undefined);
    client.send('x'.repeat(MIB + 1));
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1009);
  });

  it('refuses clients beyond its limit', async () => {
    await stop();
    await start({ maxClients: 1 });
    const client = await open();
    expect(await refusal({})).toMatchObject({ status: 503, code: 'unavailable' });
    client.close();
  });

  it('does not read on while much of a client is under way', async () => {
    const client = await open();
    const kept = Promise.withResolvers<void>();
    const { append } = journal;
    let calls = 0;
    journal.append = async (request) => {
      calls += 1;
      await kept.promise;
      return append.call(journal, request);
    };
    for (let index = 0; index < 40; index += 1) {
      client.send(JSON.stringify(envelope(`id-${index}`, { payload: { text: 'x'.repeat(MIB) } })));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(calls).toBeLessThan(12);
    const last = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        if (data.toString().includes('"id-39"')) resolve();
      });
    });
    kept.resolve();
    await last;
    expect(journal.events).toHaveLength(40);
    client.close();
  });

  it('finishes what is under way when it ends, then says goodbye', async () => {
    const client = await open();
    const kept = Promise.withResolvers<void>();
    const { append } = journal;
    journal.append = async (request) => {
      await kept.promise;
      return append.call(journal, request);
    };
    const answer = send(client, envelope('a'));
    const closed = once(client, 'close');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const disposed = socket[Symbol.asyncDispose]();
    kept.resolve();
    expect(await answer).toMatchObject({ accepted: ['a'] });
    await disposed;
    expect((await closed)[0]).toBe(1001);
  });
});
