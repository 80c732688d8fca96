import { createServer, type Server, type Socket } from 'node:net';
import { MonitorError } from '../domain/error.ts';
import type { PortName } from './messages.ts';

/** Connections that wait in the parent, per address and port; beyond that the kernel's queue holds them. */
const MAX_WAITING = 4096;
/** Clients that vanished without a word are noticed after this. */
const KEEP_ALIVE_MS = 60_000;

/** Where to listen. */
export interface ListenOptions {
  /** Addresses. */
  readonly listen: readonly string[];
  readonly ports: Readonly<Record<PortName, number>>;
}

/**
 * Listens on every port of every address. Connections come paused: what a client sends before the hand-over stays in
 * the kernel for the child to read.
 * @throws MonitorError `conflict` when a port is taken, `invalid` for an address that this machine does not have;
 * nothing stays open then.
 */
export async function listenAll(
  { listen, ports }: ListenOptions,
  onConnection: (port: PortName, socket: Socket) => void,
): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const host of listen) {
      for (const [name, port] of Object.entries(ports) as [PortName, number][]) {
        const server = createServer(
          { pauseOnConnect: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
          (socket) => {
            // A client that hangs up is no fault; its socket is closed by whoever has it then.
            socket.on('error', () => socket.destroy());
            onConnection(name, socket);
          },
        );
        server.maxConnections = MAX_WAITING;
        servers.push(server);
        await open(server, name, host, port);
      }
    }
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

function open(server: Server, name: PortName, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const remedy = taken
        ? `Free the port or set ports.${name} in settings.yaml`
        : 'Correct "listen" in settings.yaml';
      reject(
        new MonitorError(
          taken ? 'conflict' : 'invalid',
          `Cannot listen on ${host}:${port} (${name}): ${error.message}. ${remedy}`,
          { cause: error },
        ),
      );
    });
    server.listen({ host, port }, resolve);
  });
}
