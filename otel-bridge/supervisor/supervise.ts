import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { createHandOver, type HandOver } from './hand-over.ts';
import { type ListenOptions, listenAll } from './listen-all.ts';
import { EXIT_CONFIGURATION, isReadyMessage, type PortName } from './messages.ts';
import { refuseConnection } from './refuse-connection.ts';

const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
const HEALTHY_MS = 30_000;
/** How long a child may take to hand its work to disk before it is killed. */
const STOP_MS = 8000;
/** How long a connection waits for a child that is about to be ready, before it hears 503. */
const GRACE_MS = 250;
/**
 * gRPC has no answer that says when to come back: exporters wait 5 s or drop their batch at once. So they are kept waiting,
 * well within the 10 s that they give a call.
 */
const GRPC_GRACE_MS = 5000;
/**
 * V8 lets a heap grow to several times what lives in it while the machine has memory to spare, and collects it with
 * four threads, which two cores do not have beside the bridge's own. The child's heaps (its
 * own and the journal's) stay close to what they hold, with one thread beside them: half the resident memory under load,
 * and more speed. Closer still (4 MB and 30 %), and more than a quarter of the main
 * thread's time under full load goes into collecting.
 */
const HEAP_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=50', '--v8-pool-size=1'];
/**
 * glibc keeps what is freed for the thread that had it, in up to eight stores per core. Two are enough: one for the main
 * thread, one for the journal's and those that help.
 */
const MALLOC_SETTINGS = { MALLOC_ARENA_MAX: '2' };

/** What the supervisor needs. */
export interface SupervisorOptions extends ListenOptions {
  /** Program and arguments of the child. */
  readonly childPath: string;
  readonly childArgs: readonly string[];
  /** A child that served this long was healthy: the next restart is quick again. @default 30 s */
  readonly healthyMs?: number;
  /** Says what happens, one line each. */
  readonly log: (message: string) => void;
}

/** A supervisor at work. */
export interface Supervisor {
  /** Resolves with the exit code that the process should end with, when all has ended. */
  readonly ended: Promise<number>;
  /** Lets the child finish, closes the sockets and ends. Connections that come meanwhile hear 503. */
  readonly stop: () => void;
}

/**
 * Keeps the bridge's listening sockets and starts the bridge as a child that it hands connections to. While the child
 * is away senders hear 503 with Retry-After, which they obey, instead of a refused connection, at which they drop data.
 * It holds no data and parses nothing, so that it has no reason to die.
 * @throws MonitorError `conflict` when a port is taken, `invalid` for an address that this machine does not have.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { childPath, childArgs, healthyMs = HEALTHY_MS, log } = options;
  const ended = Promise.withResolvers<number>();
  /** Connections that wait for a child to be ready. */
  const waiting = new Set<() => void>();
  let child: ChildProcess | null = null;
  /** Set while a child serves. */
  let serving: HandOver | null = null;
  let stopping = false;
  let restartMs = FIRST_RESTART_MS;

  /** A child that is nearly there is waited for; then the client is told to come back. */
  const wait = (port: PortName, socket: Socket): void => {
    const settle = (): void => {
      clearTimeout(timer);
      waiting.delete(settle);
      if (serving !== null) serving.send(port, socket);
      else refuseConnection(port, socket);
    };
    const graceMs = port === 'otlp_grpc' ? GRPC_GRACE_MS : GRACE_MS;
    const timer = setTimeout(settle, stopping ? 0 : graceMs);
    waiting.add(settle);
  };

  const servers = await listenAll(options, (port, socket) => {
    if (serving !== null) serving.send(port, socket);
    else wait(port, socket);
  });

  const end = (code: number): void => {
    for (const server of servers) server.close();
    for (const settle of [...waiting]) settle();
    ended.resolve(code);
  };

  const start = (): void => {
    const current = fork(childPath, childArgs, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...HEAP_FLAGS],
      env: { ...MALLOC_SETTINGS, ...process.env },
    });
    const handOver = createHandOver(current);
    let readyAtMs: number | null = null;
    child = current;

    current.on('message', (message: unknown) => {
      if (!isReadyMessage(message) || stopping) return;
      readyAtMs = performance.now();
      serving = handOver;
      for (const settle of [...waiting]) settle();
    });
    current.on('exit', () => {
      serving = null;
    });
    // After `exit`, when everything that the child said was read: it may have taken connections with its last words.
    const onGone = (how: string, code: number | null): void => {
      child = null;
      serving = null;
      for (const { port, socket } of handOver.takeBack()) wait(port, socket);
      if (stopping || code === EXIT_CONFIGURATION) {
        end(stopping ? 0 : EXIT_CONFIGURATION);
        return;
      }
      if (readyAtMs !== null && performance.now() - readyAtMs > healthyMs) restartMs = FIRST_RESTART_MS;
      log(`the bridge ended (${how}), starting it again in ${restartMs} ms`);
      setTimeout(() => {
        if (!stopping) start();
      }, restartMs);
      restartMs = Math.min(restartMs * 2, MAX_RESTART_MS);
    };
    current.once('close', (code, signal) => onGone(signal ?? `code ${code}`, code));
    current.on('error', (error) => {
      // A child that could not be started has no end of its own.
      if (current.pid === undefined) onGone(error.message, null);
      else log(`cannot talk to the bridge: ${error.message}`);
    });
  };

  start();
  return {
    ended: ended.promise,
    stop() {
      if (stopping) return;
      stopping = true;
      serving = null;
      const current = child;
      if (current === null) {
        end(0);
        return;
      }
      current.kill('SIGTERM');
      const timer = setTimeout(() => {
        log(`the bridge did not stop within ${STOP_MS} ms, killing it`);
        current.kill('SIGKILL');
      }, STOP_MS);
      current.once('exit', () => clearTimeout(timer));
    },
  };
}
