/** The OTLP/gRPC server over real sockets, with connections handed to it as the supervisor does. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { telemetryToEvents } from '../../../../../otel-bridge/agents/index.ts';
import type { Signal } from '../../../../../otel-bridge/domain/outbox.ts';
import { decodeResponse, encodeRequest } from '../../../../../otel-bridge/otlp/codec.ts';
import type { Loose, OtlpRequest, PartialSuccess } from '../../../../../otel-bridge/otlp/types.ts';
import { createRedactor } from '../../../../../otel-bridge/privacy/redactor.ts';
import { createHostPolicy } from '../../../../../otel-bridge/sources/http/host-policy.ts';
import type { SourceLog } from '../../../../../otel-bridge/sources/http/source-server.ts';
import { createExportReceiver } from '../../../../../otel-bridge/sources/otlp/export-receiver.ts';
import { exportService } from '../../../../../otel-bridge/sources/otlp/grpc/export-services.ts';
import {
  createOtlpGrpcServer,
  type OtlpGrpcServerOptions,
} from '../../../../../otel-bridge/sources/otlp/grpc/otlp-grpc-server.ts';
import { startAtConnection } from '../../../../../otel-bridge/sources/otlp/grpc/start-at-connection.ts';
import { createMemoryJournal, type MemoryJournal, makeAuthenticator } from '../../make-parts.ts';
import { NOW_MS } from '../make-logs.ts';

/** A server with a journal in memory and a client. */
export interface GrpcBench extends AsyncDisposable {
  readonly journal: MemoryJournal;
  readonly port: number;
  /** Messages that were logged as errors. */
  readonly logged: string[];
  /** Ends the server alone; what is under way is finished. */
  closeServer(): Promise<void>;
  /** Exports a request. @throws ServiceError */
  send<S extends Signal>(
    signal: S,
    request: Loose<OtlpRequest<S>>,
    call?: CallOptions,
  ): Promise<PartialSuccess>;
  /** Exports bytes. @throws ServiceError */
  sendBytes(signal: Signal, body: Uint8Array, call?: CallOptions): Promise<PartialSuccess>;
}

/** What a call may carry. */
export interface CallOptions {
  readonly metadata?: Metadata;
  /** `grpc.default_compression_algorithm`: 1 = deflate, 2 = gzip. */
  readonly compression?: 1 | 2;
  /** Authority that the client asks for. */
  readonly host?: string;
}

const redactor = createRedactor(
  {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: true,
    redact: ['defaults'],
  },
  false,
);

/** How it is started. */
export interface GrpcBenchOptions extends Partial<OtlpGrpcServerOptions> {
  readonly requireTokens?: boolean;
  /** How long the server takes to be there after the first connection, ms. @default 0 */
  readonly startMs?: number;
  /** How often that fails. @default 0 */
  readonly failures?: number;
}

/** Starts it. */
export async function startGrpcBench(options: GrpcBenchOptions = {}): Promise<GrpcBench> {
  const journal = createMemoryJournal();
  const logged: string[] = [];
  const log: SourceLog = { error: (_, message) => logged.push(message) };
  const serverOptions: OtlpGrpcServerOptions = {
    receiver: createExportReceiver({
      journal,
      redactor,
      toEvents: (request, { signal, claims, receivedMs }) =>
        telemetryToEvents(signal, request, { claims, receivedMs }),
    }),
    authenticator: makeAuthenticator(options.requireTokens),
    hosts: createHostPolicy(['127.0.0.1']),
    log,
    clock: () => NOW_MS,
    ...options,
  };
  let failures = options.failures ?? 0;
  const server = startAtConnection(async () => {
    await delay(options.startMs ?? 0);
    if (failures-- > 0) throw new Error('no memory');
    return createOtlpGrpcServer(serverOptions);
  }, log);
  const front = createServer({ pauseOnConnect: true }, (socket) => {
    // One that comes from the supervisor reads already.
    socket.read(0);
    server.takeConnection(socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  const clients: Client[] = [];

  const sendBytes: GrpcBench['sendBytes'] = (signal, body, { metadata, compression, host } = {}) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compression ?? 0,
      ...(host === undefined ? {} : { 'grpc.default_authority': host }),
    });
    clients.push(client);
    const { path, requestSerialize } = exportService(signal).Export;
    const decode = (answer: Buffer): PartialSuccess => decodeResponse(signal, answer, 'protobuf');
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, result?: PartialSuccess): void => {
        if (result === undefined) reject(error);
        else resolve(result);
      };
      if (metadata === undefined)
        client.makeUnaryRequest(path, requestSerialize, decode, Buffer.from(body), done);
      else client.makeUnaryRequest(path, requestSerialize, decode, Buffer.from(body), metadata, done);
    });
  };
  return {
    journal,
    port,
    logged,
    sendBytes,
    send: (signal, request, call) => sendBytes(signal, encodeRequest(signal, request), call),
    closeServer: async () => server[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      front.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
