import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../../../../cli/tokens/mint-token.ts';
import { MonitorError } from '../../../../../otel-bridge/domain/error.ts';
import type { Signal } from '../../../../../otel-bridge/domain/outbox.ts';
import { attributesToMap } from '../../../../../otel-bridge/otlp/attributes.ts';
import { decodeRequest, encodeRequest } from '../../../../../otel-bridge/otlp/codec.ts';
import { createAdmission } from '../../../../../otel-bridge/sources/admission/admission.ts';
import { SECRET } from '../../make-parts.ts';
import { makeLogs, makeRecord } from '../make-logs.ts';
import { type GrpcBench, startGrpcBench } from './grpc-bench.ts';

const LOGS_PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const MIB = 1024 * 1024;

const apiRequest = (number = 1) =>
  makeRecord({
    'event.name': 'api_request',
    'session.id': 's-1',
    'prompt.id': 'p-1',
    request_id: `req_${number}`,
    model: 'claude-opus-5-5',
    input_tokens: 10,
    cost_usd: 0.25,
    'event.sequence': number,
    'user.email': 'a@example.com',
  });

const withHeader = (name: string, value: string): Metadata => {
  const metadata = new Metadata();
  metadata.set(name, value);
  return metadata;
};

/** A gRPC message: not compressed unless told, length, bytes. */
function frame(body: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

let bench: GrpcBench;
beforeEach(async () => {
  bench = await startGrpcBench({ messageLimitBytes: MIB, slowMessageMs: 100 });
});
afterEach(() => bench[Symbol.asyncDispose]());

/** Begins a call by hand, to send what no client library would. */
function beginCall(headers: Record<string, string> = {}, port = bench.port): ClientHttp2Stream {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': LOGS_PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  stream.once('close', () => session.close());
  return stream;
}

/** The status that a call ends with, whether or not its message was sent to the end. */
async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return Number(headers['grpc-status']);
}

/** Resolves when a call is over, cut off or not. */
function overOf(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

describe('the OTLP/gRPC server', () => {
  it('takes all of a message whose beginning came before the server was there', async () => {
    await using slow = await startGrpcBench({ startMs: 200 });
    const records = Array.from({ length: 5000 }, (_, index) => apiRequest(index));
    await slow.send('logs', makeLogs(records));
    await slow.send('logs', makeLogs([apiRequest(5000)]));
    expect(slow.journal.events).toHaveLength(5001);
  });

  it('is tried again by the next connection where it could not be started', async () => {
    await using broken = await startGrpcBench({ failures: 1 });
    const { journal, logged, port, send } = broken;
    await once(createConnection(port, '127.0.0.1'), 'close');
    await send('logs', makeLogs([apiRequest()]));
    expect(journal.events).toHaveLength(1);
    expect(logged).toEqual(['the OTLP/gRPC server could not be started']);
  });

  it('takes all three signals over a connection that it did not accept itself', async () => {
    const signals: readonly Signal[] = ['logs', 'metrics', 'traces'];
    await bench.send('logs', makeLogs([apiRequest()]));
    await bench.send('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm' }] }] }] });
    await bench.send('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 's' }] }] }] });
    expect(bench.journal.raw.map(({ signal }) => signal)).toEqual(signals);
    expect(bench.journal.events).toMatchObject([{ type: 'api.request', origin: 'telemetry' }]);
    for (const { signal, body } of bench.journal.raw) {
      expect(JSON.stringify(decodeRequest(signal, body, 'protobuf'))).not.toContain('a@example.com');
    }
  });

  it('succeeds only after the journal has the request', async () => {
    const kept = Promise.withResolvers<void>();
    const { append } = bench.journal;
    bench.journal.append = async (request) => {
      await kept.promise;
      return append.call(bench.journal, request);
    };
    let answered = false;
    const call = bench.send('logs', makeLogs([apiRequest()])).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    kept.resolve();
    await call;
    expect(bench.journal.events).toHaveLength(1);
  });

  it.each([1, 2] as const)('inflates what clients compress (algorithm %d)', async (compression) => {
    const records = Array.from({ length: 500 }, (_, index) => apiRequest(index));
    await bench.send('logs', makeLogs(records), { compression });
    expect(bench.journal.events).toHaveLength(500);
  });

  it('tells how many records of a request it did not take, and takes the others', async () => {
    const request = makeLogs([apiRequest()]);
    request.resourceLogs.push(
      ...makeLogs([apiRequest(2), apiRequest(3)], { 'service.name': 'agent-monitor' }).resourceLogs,
    );
    const result = await bench.send('logs', request);
    expect(result).toEqual({ rejected: 2, message: expect.stringContaining("the monitor's own") });
    expect(bench.journal.events).toHaveLength(1);
  });

  it.each([
    ['authorization', 'Bearer '],
    ['authorization', 'Bearer%20'],
    ['x-agent-monitor-token', ''],
  ])('takes a token in "%s: %s..." and what it fixes', async (name, prefix) => {
    const token = mintToken(SECRET, { scope: 'ingest', project: 'demo', agent: 'a1' });
    const request = makeLogs([apiRequest()], { 'service.name': 'claude-code', project: 'other' });
    await bench.send('logs', request, { metadata: withHeader(name, `${prefix}${token}`) });
    const [raw] = bench.journal.raw;
    const kept = decodeRequest('logs', raw?.body ?? new Uint8Array(), 'protobuf');
    expect(
      Object.fromEntries(attributesToMap(kept.resourceLogs[0]?.resource?.attributes ?? [])),
    ).toMatchObject({ project: 'demo', agent: 'a1' });
    expect(bench.journal.events[0]?.claims).toEqual({ project: 'demo', agent: 'a1' });
  });

  it('refuses a wrong token, and a missing one where every sender needs one', async () => {
    const wrong = { metadata: withHeader('authorization', 'Bearer amt_a.b') };
    await expect(bench.send('logs', {}, wrong)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await using strict = await startGrpcBench({ requireTokens: true });
    await expect(strict.send('logs', {})).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: expect.stringContaining('a token is missing'),
    });
    expect([...bench.journal.raw, ...strict.journal.raw]).toEqual([]);
  });

  it('refuses a sender before it read a byte of the message', async () => {
    const stream = beginCall({ 'x-agent-monitor-token': 'amt_a.b' });
    // The message never ends: an answer shows that nobody waits for it.
    stream.write(frame(Buffer.alloc(1000)).subarray(0, 500));
    expect(await statusOf(stream)).toBe(status.UNAUTHENTICATED);
    stream.destroy();
  });

  it('answers only to its own names', async () => {
    await expect(bench.send('logs', {}, { host: 'evil.example:4317' })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining('"evil.example:4317"'),
    });
  });

  it('says what is wrong with a request that cannot be read', async () => {
    const request = bench.sendBytes('traces', Buffer.from([0x0a, 0x05, 0x01]));
    await expect(request).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/^Cannot decode OTLP traces request/),
    });
  });

  it('takes an empty request, and keeps nothing of it', async () => {
    expect(await bench.sendBytes('metrics', Buffer.alloc(0))).toEqual({ rejected: 0, message: '' });
    expect(bench.journal.raw).toEqual([]);
  });

  it('says when to come back while the journal cannot write', async () => {
    bench.journal.failure = new MonitorError('unavailable', 'the disk is full', { retryAfterS: 7 });
    const error = await bench.send('logs', makeLogs([apiRequest()])).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'the disk is full' });
    const [details] = (error as { metadata: Metadata }).metadata.get('grpc-status-details-bin');
    // google.rpc.RetryInfo{retry_delay: {seconds: 7}} within an Any.
    expect(Buffer.from(details ?? '').toString('latin1')).toContain(
      'type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x07',
    );
  });

  it('refuses what there is no room for before it is read, and says when to come back', async () => {
    await using full = await startGrpcBench({ admission: createAdmission({ maxRequests: 0 }) });
    const error = await full.send('logs', makeLogs([apiRequest()])).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: status.UNAVAILABLE });
    const [details] = (error as { metadata: Metadata }).metadata.get('grpc-status-details-bin');
    expect(Buffer.from(details ?? '').toString('latin1')).toContain('google.rpc.RetryInfo');
    expect(full.journal.raw).toEqual([]);
  });

  it('keeps a fault of its own to itself and its log', async () => {
    bench.journal.failure = new Error('secret detail');
    await expect(bench.send('logs', makeLogs([apiRequest()]))).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.not.stringContaining('secret'),
    });
    expect(bench.logged).toEqual(['export call failed']);
  });

  it('refuses messages beyond the limit, also those that are only large once inflated', async () => {
    await expect(bench.sendBytes('logs', Buffer.alloc(MIB + 1))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    const bomb = beginCall({ 'grpc-encoding': 'gzip' });
    bomb.end(frame(gzipSync(Buffer.alloc(50 * MIB)), true));
    expect(await statusOf(bomb)).toBe(status.RESOURCE_EXHAUSTED);
    expect(bench.journal.raw).toEqual([]);
  });

  it('does not know other services', async () => {
    const session = beginCall({ ':path': '/grpc.health.v1.Health/Check' });
    session.end(frame(Buffer.alloc(0)));
    expect(await statusOf(session)).toBe(status.UNIMPLEMENTED);
  });

  it('lets nobody wait behind clients that send slowly', async () => {
    const slow = Array.from({ length: 40 }, () => {
      const stream = beginCall();
      stream.write(frame(Buffer.alloc(1000)).subarray(0, 500));
      return stream;
    });
    const hungUp = Promise.all(slow.map(overOf));
    const statuses = slow.slice(0, 1).map(statusOf);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const beganMs = performance.now();
    await bench.send('logs', makeLogs([apiRequest()]));
    expect(performance.now() - beganMs).toBeLessThan(5000);
    expect(await Promise.all(statuses)).toEqual([status.UNAVAILABLE]);
    for (const stream of slow) stream.destroy();
    await hungUp;
  });

  it('hangs up on a client whose message does not arrive within its time', async () => {
    await using patient = await startGrpcBench({ receiveTimeoutMs: 200 });
    const stream = beginCall({}, patient.port);
    const hungUp = overOf(stream);
    // The message is whole, but the call is not ended.
    stream.write(frame(encodeRequest('logs', makeLogs([apiRequest()]))));
    expect(await statusOf(stream)).toBe(status.UNAVAILABLE);
    await hungUp;
    expect(patient.journal.raw).toEqual([]);
  });

  it('closes connections beyond its limit', async () => {
    await using small = await startGrpcBench({ maxConnections: 0 });
    await expect(small.send('logs', {})).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  it('finishes what is under way when it ends', async () => {
    const kept = Promise.withResolvers<void>();
    const { append } = bench.journal;
    bench.journal.append = async (request) => {
      await kept.promise;
      return append.call(bench.journal, request);
    };
    const call = bench.send('logs', makeLogs([apiRequest()]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = bench.closeServer();
    kept.resolve();
    expect(await call).toEqual({ rejected: 0, message: '' });
    await closed;
  });
});
