import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { startEventLoad } from '../helpers/event-load.ts';
import { callGrpc, dripOver, type HostileAnswer, postBody, sendMessage } from '../helpers/hostile-senders.ts';
import { residentMib, watchMemory } from '../helpers/memory-watch.ts';
import { storedNumbers } from '../helpers/stored-events.ts';

const MIB = 1024 * 1024;
/** Each attack is made by so many at once; fewer where the attackers have to compute as much as the bridge. */
const ATTACKERS = 24;
const WEBSOCKET_ATTACKERS = 6;
/** How much more memory than before an attack may be held at any moment of it. */
const MAX_RISE_MIB = 160;
/** grpc-js gathers the pieces of what it inflates before it says how much that is: several times the limit, for a moment. */
const MAX_GRPC_RISE_MIB = 640;
/** Until a hostile request is answered, on a busy machine, with all the other attackers before it. */
const MAX_ANSWER_MS = 15_000;
/** Until an event of a normal client is stored while others attack. */
const MAX_NORMAL_MS = 8000;

const zeros = Buffer.alloc(256 * MIB, 0x20);
const gzipMember = gzipSync(zeros);
/** 10 GiB: gzip's members follow each other. */
const gzipBomb = Buffer.concat(Array.from({ length: 40 }, () => gzipMember));
const deflateBomb = deflateSync(zeros);
const zstdBomb = zstdCompressSync(zeros);
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const manyKeys = `{${Array.from({ length: 1_000_001 }, (_, n) => `"k${n}":1`).join(',')}}`;

const envelope = (payload: string): Buffer =>
  Buffer.from(
    `{"schema":{"name":"agentmon.event","version":1},"event":{"id":"hostile","type":"error","ts":"2026-11-21T10:00:00Z"},"payload":${payload}}`,
  );
const log = (value: string): Buffer =>
  Buffer.from(
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"},"attributes":[{"key":"a","value":${value}}]}]}]}]}`,
  );
const deepLog = deepProtobuf(100_000);
const large = Buffer.alloc(21 * MIB, 0x20);
const deepValue = `${'{"arrayValue":{"values":['.repeat(100_000)}${']}}'.repeat(100_000)}`;

/** Logs whose one attribute is nested so deep, in protobuf: each level is an array of one value. */
function deepProtobuf(levels: number): Buffer {
  let value: Buffer[] = [Buffer.from([0x0a, 0x01, 0x78])];
  let sizeBytes = 3;
  const wrap = (tag: number): void => {
    const head = Buffer.concat([Buffer.from([tag]), varint(sizeBytes)]);
    value = [head, ...value];
    sizeBytes += head.length;
  };
  const heads: Buffer[] = [];
  for (let level = 0; level < levels; level += 1) {
    // ArrayValue.values within AnyValue.array_value
    for (const tag of [0x0a, 0x2a]) {
      const head = Buffer.concat([Buffer.from([tag]), varint(sizeBytes)]);
      heads.push(head);
      sizeBytes += head.length;
    }
  }
  value = [...heads.reverse(), ...value];
  // KeyValue.value, LogRecord.attributes, ScopeLogs.log_records, ResourceLogs.scope_logs, resource_logs
  for (const tag of [0x12, 0x32, 0x12, 0x12, 0x0a]) wrap(tag);
  return Buffer.concat(value);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge[Symbol.asyncDispose]());

const events = (): string => `${bridge.ingestUrl}/v1/events`;
const logs = (): string => `${bridge.otlpUrl}/v1/logs`;
const grpc = (): number => bridge.config.ports.otlp_grpc;
const socket = (): string => `${bridge.ingestUrl.replace('http:', 'ws:')}/v1/ws`;
const protobuf = { 'content-type': 'application/x-protobuf' };

/** Attack by name, how it may be answered (503, 14 and 1013 where the bridge has no time for it), and who makes it. */
const ATTACKS: readonly (readonly [string, readonly number[], () => Promise<HostileAnswer>])[] = [
  [
    '10 GiB of gzip over HTTP',
    [413, 503],
    () => postBody(events(), gzipBomb, { 'content-encoding': 'gzip' }),
  ],
  ['deflate over HTTP', [413, 503], () => postBody(events(), deflateBomb, { 'content-encoding': 'deflate' })],
  ['zstd over HTTP', [413, 503], () => postBody(events(), zstdBomb, { 'content-encoding': 'zstd' })],
  [
    '10 GiB of gzip over OTLP',
    [413, 503],
    () => postBody(logs(), gzipBomb, { ...protobuf, 'content-encoding': 'gzip' }),
  ],
  ['gzip over gRPC', [8, 14], () => callGrpc(grpc(), gzipMember, { encoding: 'gzip' })],
  ['deflate over gRPC', [8, 14], () => callGrpc(grpc(), deflateBomb, { encoding: 'deflate' })],
  ['depth over HTTP', [202, 503], () => postBody(events(), envelope(deep))],
  ['depth over a WebSocket', [200, 1013], () => sendMessage(socket(), envelope(deep))],
  ['depth over OTLP in JSON', [400, 503], () => postBody(logs(), log(deepValue))],
  ['depth over OTLP in protobuf', [400, 503], () => postBody(logs(), deepLog, protobuf)],
  ['depth over gRPC', [3, 14], () => callGrpc(grpc(), deepLog)],
  ['a million keys over HTTP', [413, 503], () => postBody(events(), envelope(manyKeys))],
  ['a million keys over OTLP', [413, 503], () => postBody(logs(), log(manyKeys))],
  ['a million keys over a WebSocket', [200, 1013], () => sendMessage(socket(), envelope(manyKeys))],
  [
    'a length of 1 GiB over HTTP',
    [413],
    () => postBody(events(), Buffer.from('['), { 'content-length': String(1024 * MIB) }),
  ],
  [
    'a length of 1 GiB over OTLP',
    [413],
    () => postBody(logs(), Buffer.from('{'), { 'content-length': String(1024 * MIB) }),
  ],
  [
    'a length of 4 GiB over gRPC',
    [8],
    () => callGrpc(grpc(), Buffer.alloc(10), { declaredBytes: 0xffffffff }),
  ],
  ['a message of 21 MiB over a WebSocket', [1009], () => sendMessage(socket(), large)],
  ['20 MiB of unknown fields over gRPC', [0, 14], () => callGrpc(grpc(), large.subarray(0, 20 * MIB))],
];

it.each(ATTACKS)(
  '%s is refused soon, takes little memory and harms nobody else',
  async (name, statuses, attack) => {
    const label = name.replaceAll(/\W/g, '-');
    const attackers = name.includes('WebSocket') ? WEBSOCKET_ATTACKERS : ATTACKERS;
    const load = startEventLoad({ url: bridge.ingestUrl, rate: 100, senders: 4, batch: 1, name: label });
    await delay(500);
    const pid = bridge.childPid();
    const beforeMib = residentMib(pid);
    using memory = watchMemory(pid, 20);
    const answers = await Promise.all(Array.from({ length: attackers }, attack));
    const riseMib = memory.takePeakMib() - beforeMib;
    await load.finish();
    expect(answers.map(({ status }) => status).filter((status) => !statuses.includes(status))).toEqual([]);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(MAX_ANSWER_MS);
    expect(riseMib).toBeLessThan(name.includes('gRPC') ? MAX_GRPC_RISE_MIB : MAX_RISE_MIB);
    expect(bridge.childPid()).toBe(pid);
    expect(Math.max(...load.acceptedMs)).toBeLessThan(MAX_NORMAL_MS);
    expect(new Set(storedNumbers(bridge.config.journal_path, label))).toEqual(new Set(load.acknowledged));
  },
);

const SLOW: readonly (readonly [string, () => number, string])[] = [
  [
    'headers over HTTP',
    () => bridge.config.ports.ingest,
    'POST /v1/events HTTP/1.1\r\nhost: localhost\r\nx-slow: ',
  ],
  [
    'a body over HTTP',
    () => bridge.config.ports.ingest,
    'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n[',
  ],
  [
    'chunks over OTLP',
    () => bridge.config.ports.otlp_http,
    'POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n',
  ],
  ['nothing over HTTP', () => bridge.config.ports.ingest, ''],
  ['the preface over gRPC', () => bridge.config.ports.otlp_grpc, 'PRI * HTTP/2.0\r\n'],
];

it.each(SLOW)('2,000 connections that send %s slowly keep nobody out', async (name, port, beginning) => {
  const label = name.replaceAll(/\W/g, '-');
  const pid = bridge.childPid();
  const beforeMib = residentMib(pid);
  await using _slow = await dripOver(port(), 2000, beginning);
  await delay(1500);
  const load = startEventLoad({ url: bridge.ingestUrl, rate: 50, senders: 4, batch: 1, name: label });
  await delay(1000);
  await load.finish();
  const grpcAnswer = await callGrpc(grpc(), Buffer.alloc(0));
  expect(load.acknowledged.length).toBeGreaterThan(0);
  expect(Math.max(...load.acceptedMs)).toBeLessThan(MAX_NORMAL_MS);
  expect(grpcAnswer.status).toBe(0);
  expect(residentMib(pid) - beforeMib).toBeLessThan(MAX_RISE_MIB);
  expect(bridge.childPid()).toBe(pid);
});
