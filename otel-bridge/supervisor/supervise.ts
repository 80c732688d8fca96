import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { MonitorError } from '../domain/error.ts';
import { type ConnectionMessage, EXIT_CONFIGURATION, isReadyMessage, type PortName } from './messages.ts';

const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
/** A child that lived this long was healthy: the next restart is quick again. */
const HEALTHY_MS = 30_000;
/** How long a child may take to hand its work to disk before it is killed. */
const STOP_MS = 8000;
/** How long a connection waits for a child that is about to be ready, before it hears 503. */
const GRACE_MS = 250;

const RESTARTING_BODY = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'The bridge is starting. Nothing was accepted; send it again',
});
const RESTARTING = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 1',
  'Content-Type: application/problem+json',
  `Content-Length: ${Buffer.byteLength(RESTARTING_BODY)}`,
  'Connection: close',
  '',
  RESTARTING_BODY,
].join('\r\n');

/** What the supervisor needs. */
export interface SupervisorOptions {
  /** Addresses to listen on. */
  readonly listen: readonly string[];
  readonly ports: Readonly<Record<PortName, number>>;
  /** Program and arguments of the child. */
  readonly childPath: string;
  readonly childArgs: readonly string[];
  /** Says what happens, one line each. */
  readonly log: (message: string) => void;
}

/** A supervisor at work. */
export interface Supervisor {
  /** Resolves with the exit code that the process should end with, when all has ended. */
  readonly ended: Promise<number>;
  /** Lets the child finish, closes the sockets and ends. */
  stop(): void;
}

/**
 * Keeps the bridge's listening sockets and starts the bridge as a child that it hands connections to. While the child
 * is away senders hear 503 with Retry-After, which they obey, instead of a refused connection, at which they drop data.
 * It holds no data and parses nothing, so that it has no reason to die.
 * @throws MonitorError `conflict` when a port is taken.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { childPath, childArgs, log } = options;
  let child: ChildProcess | null = null;
  let ready = false;
  let stopping = false;
  let restartMs = FIRST_RESTART_MS;
  let finish: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const waiting = new Set<() => void>();
  // Node sends one socket at a time; those behind it are silently dropped when the child dies.
  const inFlight = new Set<{ readonly port: PortName; readonly socket: Socket }>();

  const handOver = (port: PortName, socket: Socket): void => {
    if (child === null || !ready) {
      answerLater(port, socket);
      return;
    }
    const message: ConnectionMessage = { type: 'connection', port };
    const entry = { port, socket };
    inFlight.add(entry);
    // Kept open until it is written to the child: a socket that Node has taken apart can answer nobody.
    child.send(message, socket, { keepOpen: true }, (error) => {
      if (!inFlight.delete(entry)) return;
      if (error === null) socket.destroy();
      else answerLater(port, socket);
    });
  };

  /** A child that is nearly there is waited for; then the client is told to come back. */
  const answerLater = (port: PortName, socket: Socket): void => {
    const settle = (): void => {
      clearTimeout(timer);
      waiting.delete(settle);
      if (ready) handOver(port, socket);
      else refuse(port, socket);
    };
    const timer = setTimeout(settle, GRACE_MS);
    waiting.add(settle);
  };

  const servers = await listenAll(options, handOver);

  const start = (): void => {
    const startedMs = Date.now();
    const current = fork(childPath, childArgs, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child = current;
    current.on('message', (message: unknown) => {
      if (!isReadyMessage(message)) return;
      ready = true;
      for (const settle of [...waiting]) settle();
    });
    current.on('error', (error) => log(`cannot talk to the bridge: ${error.message}`));
    current.once('exit', (code, signal) => {
      child = null;
      ready = false;
      const dropped = [...inFlight];
      inFlight.clear();
      for (const { port, socket } of dropped) answerLater(port, socket);
      if (stopping) return close(0);
      if (code === EXIT_CONFIGURATION) return close(EXIT_CONFIGURATION);
      if (Date.now() - startedMs > HEALTHY_MS) restartMs = FIRST_RESTART_MS;
      log(`the bridge ended (${signal ?? `code ${code}`}), starting it again in ${restartMs} ms`);
      setTimeout(() => {
        if (!stopping) start();
      }, restartMs);
      restartMs = Math.min(restartMs * 2, MAX_RESTART_MS);
    });
  };

  const close = (code: number): void => {
    for (const server of servers) server.close();
    for (const settle of [...waiting]) settle();
    finish(code);
  };

  start();
  return {
    ended,
    stop() {
      if (stopping) return;
      stopping = true;
      const current = child;
      if (current === null) return close(0);
      current.kill('SIGTERM');
      const timer = setTimeout(() => {
        log(`the bridge did not stop within ${STOP_MS} ms, killing it`);
        current.kill('SIGKILL');
      }, STOP_MS);
      current.once('exit', () => clearTimeout(timer));
    },
  };
}

async function listenAll(
  { listen, ports }: SupervisorOptions,
  onConnection: (port: PortName, socket: Socket) => void,
): Promise<Server[]> {
  const servers: Server[] = [];
  for (const host of listen) {
    for (const [name, port] of Object.entries(ports) as [PortName, number][]) {
      // Paused: what the client sends before the hand-over stays in the kernel for the child to read.
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        socket.on('error', () => socket.destroy());
        onConnection(name, socket);
      });
      servers.push(server);
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ host, port }, resolve);
        });
      } catch (error) {
        for (const opened of servers) opened.close();
        throw new MonitorError(
          'conflict',
          `Cannot listen on ${host}:${port} (${name}): ${(error as Error).message}. Free the port or set ports.${name} in settings.yaml`,
          { cause: error },
        );
      }
    }
  }
  return servers;
}

/** Says 503 to HTTP/1 clients; gRPC clients take a closed connection as "unavailable" and try again. */
function refuse(port: PortName, socket: Socket): void {
  if (port === 'otlp_grpc' || socket.destroyed) {
    socket.destroy();
    return;
  }
  socket.end(RESTARTING);
  // What the client still sends is read and dropped, or the kernel would reset the connection under the answer.
  socket.resume();
  setTimeout(() => socket.destroy(), 2000).unref();
}
