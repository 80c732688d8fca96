import type { Socket } from 'node:net';
import type { PortName } from './messages.ts';

/** How long a client may take to send something and to read the answer. */
const LINGER_MS = 2000;

const BODY = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  code: 'unavailable',
  detail: 'The bridge is starting. Nothing was accepted; send it again',
});
const ANSWER = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 1',
  'Content-Type: application/problem+json',
  `Content-Length: ${Buffer.byteLength(BODY)}`,
  'Connection: close',
  '',
  BODY,
].join('\r\n');

/**
 * Says 503 to a client that asks something over HTTP/1, and closes the connection.
 * gRPC clients take a closed connection as "unavailable" and try again.
 */
export function refuseConnection(port: PortName, socket: Socket): void {
  if (port === 'otlp_grpc' || socket.destroyed) {
    socket.destroy();
    return;
  }
  // Not before the client asks: connections that are opened in advance would take the answer for an error.
  socket.once('data', () => socket.end(ANSWER));
  socket.once('end', () => socket.end());
  // What it still sends is read and dropped, or the kernel would reset the connection under the answer.
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
