import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problemBody } from './problem.ts';

/** How long a client that is turned away may take to read the answer, ms. */
const GOODBYE_MS = 1000;
/** A connection that had no whole request for so long makes room for a new one, ms. */
const PATIENCE_MS = 1000;

/**
 * Bounds the connections of a server that may be fed with them (`maxConnections` of node counts only what the server
 * accepted itself). When all are taken, whoever has been without a whole request the longest makes room, so that slow and
 * silent clients keep nobody out; where all are at work, the new one is answered 503.
 */
export function limitConnections(server: Server, limit: number, patienceMs = PATIENCE_MS): void {
  /** Connections without a whole request, and since when; the longest first. */
  const waiting = new Map<Socket, number>();
  let open = 0;

  const wait = (socket: Socket): void => {
    waiting.delete(socket);
    if (!socket.destroyed) waiting.set(socket, performance.now());
  };

  const makeRoom = (): boolean => {
    const [longest] = waiting;
    if (longest === undefined || performance.now() - longest[1] < patienceMs) return false;
    const [socket] = longest;
    waiting.delete(socket);
    sayGoodbye(socket, 408, 'Cannot wait any longer: others want to send. Send the request again');
    return true;
  };

  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (open >= limit && !makeRoom()) {
      sayGoodbye(socket, 503, `Cannot take another connection: ${limit} are open. Send it again`);
      return;
    }
    open += 1;
    wait(socket);
    socket.once('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    for (const serve of listeners) serve.call(server, socket);
  });
  // The same two for every request: each has one end and one close.
  function onWhole(this: IncomingMessage): void {
    waiting.delete(this.socket);
  }
  function onAnswered(this: ServerResponse): void {
    // What an answer that came before the whole body leaves behind is read and dropped.
    this.req.off('end', onWhole);
    wait(this.req.socket);
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.on('end', onWhole);
    response.on('close', onAnswered);
  });
  // They are asked whether they are there, and may be silent.
  server.on('upgrade', ({ socket }: IncomingMessage) => waiting.delete(socket));
}

/** Answers a connection outside of any request, and ends it. */
function sayGoodbye(socket: Socket, status: 408 | 503, detail: string): void {
  const code = 'unavailable';
  const body = problemBody({ status, code, detail });
  const title = status === 408 ? 'Request Timeout' : 'Service Unavailable';
  // The client may be gone already; nothing is lost with it.
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nretry-after: 1\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  // What it sends meanwhile is read and dropped: a reset would take the answer away.
  socket.resume();
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
}
