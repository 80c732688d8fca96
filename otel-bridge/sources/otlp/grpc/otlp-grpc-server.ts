import type { Socket } from 'node:net';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { errorCode } from '../../../domain/error.ts';
import type { Signal } from '../../../domain/outbox.ts';
import { decodeParts } from '../../../otlp/codec.ts';
import type { PartialSuccess } from '../../../otlp/types.ts';
import { type Admission, createAdmission } from '../../admission/admission.ts';
import type { HostPolicy } from '../../http/host-policy.ts';
import { BODY_LIMIT_BYTES } from '../../http/read-body.ts';
import type { SourceLog } from '../../http/source-server.ts';
import type { Authenticator } from '../../tokens/authenticator.ts';
import { plainAddress } from '../../tokens/plain-address.ts';
import type { ExportReceiver } from '../export-receiver.ts';
import { createCallAdmission } from './call-admission.ts';
import { exportService, SIGNALS } from './export-services.ts';
import { toGrpcStatus } from './grpc-status.ts';
import { createReadSlots } from './read-slots.ts';

/** OTLP over gRPC. It listens nowhere: connections are handed to it. */
export interface OtlpGrpcServer extends AsyncDisposable {
  /** Serves a connection that somebody else accepted. */
  takeConnection(socket: Socket): void;
}

/** What the OTLP/gRPC server needs. */
export interface OtlpGrpcServerOptions {
  readonly receiver: ExportReceiver;
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  readonly log: SourceLog;
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  /** How large a message may be, inflated. @default 20 MiB */
  readonly messageLimitBytes?: number;
  /** Connections at once; more are closed, which clients take for "unavailable". @default 1024 */
  readonly maxConnections?: number;
  /** How long a message may take to arrive, ms. @default 60000 */
  readonly receiveTimeoutMs?: number;
  /** After this a message that is still on its way in makes room for those that wait, ms. @default 1000 */
  readonly slowMessageMs?: number;
}

/** Messages on their way in or being inflated: each may take three times its largest size. */
const MAX_INCOMING = 2;
/** Exporters have one request under way, or a few. */
const MAX_STREAMS_PER_CONNECTION = 64;
/** Longer than agents' export intervals. */
const IDLE_CONNECTION_MS = 10 * 60_000;
/** Finds clients that are gone without a word. */
const PING_INTERVAL_MS = 60_000;
/** How long a client that is hung up on may take to read why. */
const HANG_UP_MS = 1000;
/** How long calls under way may take when the server ends. */
const DRAIN_MS = 5000;

/**
 * Builds the server of the OTLP/gRPC port: `Export` of the logs, metrics and trace services, plain text, gzip and deflate.
 * A call succeeds only after the receiver made its request durable.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
export function createOtlpGrpcServer(options: OtlpGrpcServerOptions): OtlpGrpcServer {
  const { receiver, log, clock = Date.now } = options;
  const { maxConnections = 1024, messageLimitBytes = BODY_LIMIT_BYTES } = options;
  const open = new Set<Socket>();
  const door = createCallAdmission({
    authenticator: options.authenticator,
    hosts: options.hosts,
    slots: createReadSlots({ limit: MAX_INCOMING, patienceMs: options.slowMessageMs ?? 1000 }),
    admission: options.admission ?? createAdmission(),
    receiveTimeoutMs: options.receiveTimeoutMs ?? 60_000,
    hangUp({ remoteAddress, remotePort }) {
      for (const socket of open) {
        if (socket.remotePort !== remotePort || socket.remoteAddress !== remoteAddress) continue;
        setTimeout(() => socket.destroy(), HANG_UP_MS).unref();
      }
    },
  });
  const server = new Server({
    'grpc.max_receive_message_length': messageLimitBytes,
    'grpc.max_concurrent_streams': MAX_STREAMS_PER_CONNECTION,
    'grpc.max_connection_idle_ms': IDLE_CONNECTION_MS,
    'grpc.keepalive_time_ms': PING_INTERVAL_MS,
    'grpc.enable_channelz': 0,
    interceptors: [door.interceptor],
  });

  const exportCall =
    (signal: Signal): handleUnaryCall<Buffer, PartialSuccess> =>
    (call, respond) => {
      const receive = async (): Promise<PartialSuccess> => {
        const { sender, unfold } = door.admitted(call.metadata);
        const { claims, remoteAddress } = sender;
        return unfold(() =>
          receiver.receive(decodeParts(signal, call.request, 'protobuf'), {
            signal,
            claims,
            receivedMs: clock(),
            peerHost: remoteAddress === undefined ? undefined : plainAddress(remoteAddress),
          }),
        );
      };
      receive().then(
        (result) => respond(null, result),
        (error: unknown) => {
          if (errorCode(error) === 'internal') log.error({ err: error, signal }, 'export call failed');
          respond(toGrpcStatus(error));
        },
      );
    };
  for (const signal of SIGNALS) server.addService(exportService(signal), { Export: exportCall(signal) });

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    takeConnection(socket) {
      if (open.size >= maxConnections) {
        socket.destroy();
        return;
      }
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      injector.injectConnection(socket);
    },
    async [Symbol.asyncDispose]() {
      injector.drain(DRAIN_MS);
      await closed(open, DRAIN_MS);
      injector.destroy();
      server.forceShutdown();
    },
  };
}

/** Resolves when all connections are closed; those that are not after a while are cut. */
async function closed(sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const deadline = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await Promise.all(
    [...sockets].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
  );
  clearTimeout(deadline);
}
