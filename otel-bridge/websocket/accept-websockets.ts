import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { refuseUpgrade, type UpgradeRefusal } from './refuse-upgrade.ts';

/** What a server does with the WebSockets of one path. */
export interface WebSocketRoute {
  readonly path: string;
  /** Why a client may not come in; null = it may. A failure is answered 500 and told to `onError`. */
  readonly refuse: (request: IncomingMessage) => UpgradeRefusal | null | Promise<UpgradeRefusal | null>;
  /** Gets each client that came in. Its errors need no listener: they end the connection. */
  readonly open: (client: WebSocket, request: IncomingMessage) => void;
  /** Largest message that a client may send; a larger one ends its connection (1009). */
  readonly maxMessageBytes: number;
  /** Clients at once; more are answered 503. */
  readonly maxClients: number;
  readonly onError: (error: unknown) => void;
}

/** WebSockets that are served. */
export interface WebSockets {
  readonly clients: ReadonlySet<WebSocket>;
  /** Tells every client that the server goes away (1001), and cuts those off that do not go. */
  close(): void;
}

/** How often clients are asked whether they are there. */
const PING_INTERVAL_MS = 30_000;
/** How long a client may take to say goodbye. */
const GOODBYE_MS = 1000;
const GOING_AWAY = 1001;

/**
 * Serves WebSockets on a server that may be fed with connections: nothing here needs a port. Clients that do not answer a
 * ping for half a minute are gone. Messages are not compressed, so that none can grow on the way in.
 */
export function acceptWebSockets(server: Server, route: WebSocketRoute): WebSockets {
  const { path, maxClients, onError } = route;
  const websockets = new WebSocketServer({
    noServer: true,
    maxPayload: route.maxMessageBytes,
    perMessageDeflate: false,
  });
  const silent = new WeakSet<WebSocket>();
  let entering = 0;

  const enter = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    if (websockets.clients.size + entering >= maxClients) {
      refuseUpgrade(socket, {
        status: 503,
        code: 'unavailable',
        detail: `Cannot take another WebSocket: ${maxClients} are open. Try again later`,
      });
      return;
    }
    entering += 1;
    try {
      const refusal = await route.refuse(request);
      if (refusal !== null) return refuseUpgrade(socket, refusal);
      websockets.handleUpgrade(request, socket, head, (client) => {
        // ws has told the client what was wrong, and drops what it still sends; a reset would take that away.
        client.on('error', () => setTimeout(() => client.terminate(), GOODBYE_MS).unref());
        client.on('pong', () => silent.delete(client));
        route.open(client, request);
      });
    } catch (error) {
      onError(error);
      refuseUpgrade(socket, {
        status: 500,
        code: 'internal',
        detail: 'Cannot open the WebSocket: see the log',
      });
    } finally {
      entering -= 1;
    }
  };

  server.on('upgrade', (request, socket, head) => {
    // The client may go while it is decided about.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] === path) void enter(request, socket, head);
    else {
      refuseUpgrade(socket, {
        status: 404,
        code: 'not_found',
        detail: `Cannot open a WebSocket here: the path is "${path}"`,
      });
    }
  });

  const heartbeat = setInterval(() => {
    for (const client of websockets.clients) {
      if (silent.has(client)) client.terminate();
      else {
        silent.add(client);
        client.ping();
      }
    }
  }, PING_INTERVAL_MS).unref();

  return {
    clients: websockets.clients,
    close() {
      clearInterval(heartbeat);
      for (const client of websockets.clients) endClient(client, GOING_AWAY, 'the bridge stops');
      websockets.close();
    },
  };
}

/** Says goodbye to a client, and cuts it off when it does not go. */
export function endClient(client: WebSocket, code: number, reason: string): void {
  client.close(code, reason);
  setTimeout(() => client.terminate(), GOODBYE_MS).unref();
}

/** For `shouldUpgradeCallback`: other upgrades (Java's clients offer HTTP/2) are answered as the requests that they are. */
export function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}
