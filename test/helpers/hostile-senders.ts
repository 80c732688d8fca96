/** Senders that mean harm, or are badly broken: each says how the bridge answered. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** How a request was answered. */
export interface HostileAnswer {
  /** HTTP status, gRPC status, or close code of a WebSocket; 0 = the connection was cut without a word. */
  readonly status: number;
  /** From the last byte that was sent to the answer, ms. */
  readonly tookMs: number;
}

const GRPC_EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** Posts a body over a connection of its own. */
export function postBody(
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<HostileAnswer> {
  const sentMs = performance.now();
  return new Promise((resolve) => {
    const settle = (status: number): void => resolve({ status, tookMs: performance.now() - sentMs });
    const outgoing = httpRequest(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
    });
    outgoing.once('response', (response) => {
      response.resume();
      settle(response.statusCode ?? 0);
      response.once('end', () => outgoing.destroy());
    });
    outgoing.on('error', () => settle(0));
    outgoing.end(body);
  });
}

/** Calls the logs service with a message, over a connection of its own. */
export async function callGrpc(
  port: number,
  message: Uint8Array,
  options: { readonly encoding?: string; readonly declaredBytes?: number } = {},
): Promise<HostileAnswer> {
  const { encoding, declaredBytes = message.length } = options;
  const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': GRPC_EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(encoding === undefined ? {} : { 'grpc-encoding': encoding }),
  });
  const answered = new Promise<number>((resolve) => {
    const read = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => resolve(14));
    stream.on('close', () => resolve(14));
  });
  const head = Buffer.alloc(5);
  head.writeUInt8(encoding === undefined ? 0 : 1, 0);
  head.writeUInt32BE(declaredBytes, 1);
  const sentMs = performance.now();
  stream.write(head);
  stream.end(message);
  const status = await answered;
  const tookMs = performance.now() - sentMs;
  session.destroy();
  return { status, tookMs };
}

/** Sends one message over a WebSocket of its own; the status is the close code, or 200 for an acknowledgement. */
export async function sendMessage(url: string, message: string | Buffer): Promise<HostileAnswer> {
  const client = new WebSocket(url);
  client.on('error', () => undefined);
  await once(client, 'open');
  const sentMs = performance.now();
  client.send(message.toString());
  const status = await new Promise<number>((resolve) => {
    client.once('message', () => resolve(200));
    client.once('close', (code) => resolve(code));
  });
  client.terminate();
  return { status, tookMs: performance.now() - sentMs };
}

/** Connections that begin something and never end it: they send a byte of it now and then. */
export async function dripOver(
  port: number,
  connections: number,
  beginning: string | Uint8Array,
): Promise<AsyncDisposable> {
  const sockets: Socket[] = [];
  for (let count = 0; count < connections; count += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('connect', () => socket.write(beginning));
    socket.resume();
    sockets.push(socket);
    // A backlog that overflows would be a test of the kernel.
    if (count % 50 === 49) await delay(5);
  }
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('1');
  }, 250);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
