import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../../../cli/tokens/mint-token.ts';
import { telemetryToEvents } from '../../../../otel-bridge/agents/index.ts';
import { MonitorError } from '../../../../otel-bridge/domain/error.ts';
import type { Signal } from '../../../../otel-bridge/domain/outbox.ts';
import { attributesToMap } from '../../../../otel-bridge/otlp/attributes.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeRequestJson,
} from '../../../../otel-bridge/otlp/codec.ts';
import type { LogsRequest } from '../../../../otel-bridge/otlp/types.ts';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import { createHostPolicy } from '../../../../otel-bridge/sources/http/host-policy.ts';
import { createExportReceiver } from '../../../../otel-bridge/sources/otlp/export-receiver.ts';
import { createOtlpHttpServer } from '../../../../otel-bridge/sources/otlp/otlp-http-server.ts';
import {
  close,
  createMemoryJournal,
  listen,
  type MemoryJournal,
  makeAuthenticator,
  SECRET,
} from '../make-parts.ts';
import { makeLogs, makeRecord, NOW_MS } from './make-logs.ts';

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
const logged: string[] = [];

beforeEach(async () => {
  journal = createMemoryJournal();
  server = createOtlpHttpServer({
    receiver: createExportReceiver({
      journal,
      redactor,
      toEvents: (request, { signal, claims, receivedMs }) =>
        telemetryToEvents(signal, request, { claims, receivedMs }),
    }),
    authenticator: makeAuthenticator(),
    hosts: createHostPolicy(['127.0.0.1']),
    log: { error: (_, message) => logged.push(message) },
    clock: () => NOW_MS,
    bodyLimitBytes: 1_000_000,
  });
  url = await listen(server);
});
afterEach(() => close(server));

function post(signal: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/${signal}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers });
}
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };

/** The request that was kept for the agents' own streams. */
function keptLogs(): LogsRequest {
  const [raw] = journal.raw;
  if (raw === undefined) throw new Error('nothing was kept');
  return decodeRequest('logs', raw.body, 'protobuf');
}

const apiRequest = () =>
  makeRecord({
    'event.name': 'api_request',
    'session.id': 's-1',
    'prompt.id': 'p-1',
    request_id: 'req_1',
    model: 'claude-opus-5-5',
    input_tokens: 10,
    output_tokens: 5,
    cost_usd: 0.25,
    'event.timestamp': '2026-11-21T10:00:00.000Z',
    'event.sequence': 1,
    'user.email': 'a@example.com',
  });

describe('the OTLP/HTTP server', () => {
  it.each([
    ['JSON', JSON_TYPE, encodeRequestJson, 'application/json', 'json'],
    ['protobuf', PROTOBUF_TYPE, encodeRequest, 'application/x-protobuf', 'protobuf'],
    ['JSON without a content type', {}, encodeRequestJson, 'application/json', 'json'],
    ['protobuf without a content type', {}, encodeRequest, 'application/x-protobuf', 'protobuf'],
  ] as const)('takes %s and answers in it', async (_, headers, encode, type, encoding) => {
    const response = await post('logs', encode('logs', makeLogs([apiRequest()])), headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    const body = new Uint8Array(await response.arrayBuffer());
    expect(decodeResponse('logs', body, encoding)).toEqual({ rejected: 0, message: '' });
    expect(journal.events).toHaveLength(1);
    expect(journal.events[0]).toMatchObject({ type: 'api.request', origin: 'telemetry' });
    expect(JSON.stringify(keptLogs())).not.toContain('a@example.com');
  });

  it('takes gzip and the telemetry that Claude Code really sends', async () => {
    const folder = new URL('../../../fixtures/claude-code/basic/', import.meta.url);
    for (const signal of ['logs', 'metrics', 'traces'] satisfies Signal[]) {
      const requests = JSON.parse(readFileSync(new URL(`otlp-${signal}.json`, folder), 'utf8')) as object[];
      for (const request of requests) {
        const body = gzipSync(JSON.stringify(request));
        const response = await post(signal, body, { ...JSON_TYPE, 'content-encoding': 'gzip' });
        expect(response.status).toBe(200);
      }
    }
    expect(new Set(journal.raw.map(({ signal }) => signal)).size).toBe(3);
    expect(journal.events.map(({ type }) => type)).toContain('api.request');
    for (const { signal, body } of journal.raw) {
      expect(JSON.stringify(decodeRequest(signal, body, 'protobuf'))).not.toContain('user.id');
    }
  });

  it('sets the project and agent of the token whatever the sender claims', async () => {
    const token = mintToken(SECRET, { scope: 'ingest', project: 'demo', agent: 'a1' });
    const request = makeLogs([apiRequest()], {
      'service.name': 'claude-code',
      project: 'other',
      agent: 'other',
    });
    await post('logs', encodeRequest('logs', request), {
      ...PROTOBUF_TYPE,
      authorization: `Bearer%20${token}`,
    });
    const attributes = attributesToMap(keptLogs().resourceLogs[0]?.resource?.attributes ?? []);
    expect(Object.fromEntries(attributes)).toMatchObject({ project: 'demo', agent: 'a1' });
    expect(journal.events[0]?.claims).toEqual({ project: 'demo', agent: 'a1' });
  });

  it.each(['agent-monitor', 'Agent-Monitor', 'agent-monitor-history', ' agent-monitor'])(
    'rejects a resource that calls itself "%s" and takes its neighbours',
    async (name) => {
      const request = makeLogs([apiRequest()]);
      request.resourceLogs.push(
        ...makeLogs([apiRequest(), apiRequest()], { 'service.name': name }).resourceLogs,
      );
      const response = await post('logs', encodeRequest('logs', request), PROTOBUF_TYPE);
      expect(response.status).toBe(200);
      const result = decodeResponse('logs', new Uint8Array(await response.arrayBuffer()), 'protobuf');
      expect(result).toEqual({ rejected: 2, message: expect.stringContaining("the monitor's own") });
      expect(keptLogs().resourceLogs).toHaveLength(1);
    },
  );

  it('keeps nothing of a request that holds nothing, and says that it is fine', async () => {
    expect((await post('traces', encodeRequest('traces', {}), PROTOBUF_TYPE)).status).toBe(200);
    expect((await post('metrics', Buffer.from('{}'), JSON_TYPE)).status).toBe(200);
    expect(journal.raw).toEqual([]);
  });

  it('makes old, early and large records such that a store keeps them', async () => {
    const request = makeLogs([
      makeRecord({ n: 1 }, { timeUnixNano: `${NOW_MS - 8 * 86_400_000}000000` }),
      makeRecord({ n: 2 }, { timeUnixNano: `${NOW_MS + 3_600_000}000000` }),
      makeRecord({ error: 'x'.repeat(70_000) }),
    ]);
    await post('logs', encodeRequest('logs', request), PROTOBUF_TYPE);
    const kept = keptLogs();
    const names = kept.resourceLogs.map(({ resource }) =>
      attributesToMap(resource?.attributes ?? []).get('service.name'),
    );
    expect(names).toEqual(['claude-code', 'claude-code-history']);
    const [early, large] = kept.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
    expect(attributesToMap(early?.attributes ?? []).get('event.ts')).toBe('2026-11-21T11:00:00.000000000Z');
    expect(large?.body?.stringValue).toContain('x'.repeat(70_000));
  });

  it('answers 503 with Retry-After while the journal cannot write, in the encoding of the request', async () => {
    journal.failure = new MonitorError('unavailable', 'the disk is full', { retryAfterS: 3 });
    const json = await post('logs', encodeRequestJson('logs', makeLogs([apiRequest()])), JSON_TYPE);
    expect([json.status, json.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await json.json()).toMatchObject({ status: 503, message: 'the disk is full' });
    const protobuf = await post('logs', encodeRequest('logs', makeLogs([apiRequest()])), PROTOBUF_TYPE);
    expect(protobuf.headers.get('content-type')).toBe('application/x-protobuf');
    // google.rpc.Status: code 14 (UNAVAILABLE), then the message.
    expect(Buffer.from(await protobuf.arrayBuffer()).toString('latin1')).toBe(
      '\x08\x0e\x12\x10the disk is full',
    );
  });

  it.each([
    [JSON_TYPE, '{"resourceLogs": 7}', 400],
    [JSON_TYPE, 'nonsense', 400],
    [PROTOBUF_TYPE, '\xff\xff\xff\xff', 400],
    [{ 'content-type': 'text/plain' }, '{}', 415],
    [{ ...JSON_TYPE, origin: 'https://evil.example' }, '{}', 403],
    [{ ...JSON_TYPE, 'x-agent-monitor-token': 'amt_a.b' }, '{}', 401],
    [JSON_TYPE, ' '.repeat(1_000_001), 413],
  ])('%#: refuses with %j', async (headers, body, status) => {
    expect((await post('logs', Buffer.from(body, 'latin1'), headers)).status).toBe(status);
    expect(journal.raw).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('serves nothing else', async () => {
    expect((await fetch(`${url}/v1/logs`)).status).toBe(405);
    expect((await post('profiles', Buffer.from('{}'), JSON_TYPE)).status).toBe(404);
  });
});
