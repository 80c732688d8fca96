import type { Socket } from 'node:net';
import { MonitorError } from '../../../domain/error.ts';
import type { SourceLog } from '../../http/source-server.ts';
import type { OtlpGrpcServer } from './otlp-grpc-server.ts';

/**
 * A server of the OTLP/gRPC port that is not there before somebody connects: what it is made of takes six MiB, and many
 * a bridge is never sent anything over gRPC. Connections wait until it is.
 * @param start loads and builds it. Where that fails the connection is closed, which clients take for "unavailable", and
 * the next one tries again.
 */
export function startAtConnection(start: () => Promise<OtlpGrpcServer>, log: SourceLog): OtlpGrpcServer {
  let starting: Promise<OtlpGrpcServer> | null = null;
  let server: OtlpGrpcServer | null = null;
  let isOver = false;

  const take = async (socket: Socket): Promise<void> => {
    try {
      starting ??= start();
      server = await starting;
      if (isOver) throw new MonitorError('unavailable', 'The bridge is stopping');
      socket.off('error', ignore);
      server.takeConnection(socket);
    } catch (error) {
      starting = null;
      socket.destroy();
      if (!isOver) log.error({ err: error }, 'the OTLP/gRPC server could not be started');
    }
  };

  return {
    takeConnection(socket) {
      if (server !== null) {
        server.takeConnection(socket);
        return;
      }
      socket.on('error', ignore);
      void take(socket);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await (await starting?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

/** A client that hangs up while it waits; `close` follows. */
function ignore(): void {}
