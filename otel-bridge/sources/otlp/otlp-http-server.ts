import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import type { Signal } from '../../domain/outbox.ts';
import { decodeParts, encodeResponse } from '../../otlp/codec.ts';
import type { OtlpEncoding } from '../../otlp/types.ts';
import { type Admission, createAdmission } from '../admission/admission.ts';
import type { HostPolicy } from '../http/host-policy.ts';
import { send, toProblem } from '../http/problem.ts';
import { BODY_LIMIT_BYTES, readBody } from '../http/read-body.ts';
import { createSourceServer, type RouteHandler, type SourceLog } from '../http/source-server.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { plainAddress } from '../tokens/plain-address.ts';
import type { ExportReceiver } from './export-receiver.ts';
import { statusBody } from './otlp-status.ts';

/** What the OTLP/HTTP server needs. */
export interface OtlpHttpServerOptions {
  readonly receiver: ExportReceiver;
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  readonly log: SourceLog;
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  /** @default 20 MiB */
  readonly bodyLimitBytes?: number;
  /** See `SourceServerOptions`. */
  readonly maxConnections?: number;
  readonly requestTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];

/**
 * The server of the OTLP/HTTP port: `POST /v1/logs`, `/v1/metrics` and `/v1/traces`, JSON and protobuf, gzip.
 * Answers in the encoding of the request, 200 only after the receiver made it durable.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createOtlpHttpServer(options: OtlpHttpServerOptions): Server {
  const { receiver, authenticator } = options;
  const clock = options.clock ?? Date.now;
  const { admission = createAdmission(), bodyLimitBytes: limitBytes = BODY_LIMIT_BYTES } = options;

  const post =
    (signal: Signal): RouteHandler =>
    async (request, response) => {
      const declared = declaredEncoding(request);
      try {
        const { headers, socket } = request;
        const { remoteAddress } = socket;
        const sender = authenticator.authenticate({ headers, remoteAddress }, 'ingest');
        if (!sender.granted) throw new MonitorError('unauthorized', sender.detail);
        if (declared === null) throw unsupported(headers['content-type'] ?? '');
        using body = await readBody(request, { limitBytes, admission });
        const encoding = declared ?? guessEncoding(body.bytes);
        const result = await body.unfold(() =>
          receiver.receive(decodeParts(signal, body.bytes, encoding), {
            signal,
            claims: sender.claims,
            receivedMs: clock(),
            peerHost: remoteAddress === undefined ? undefined : plainAddress(remoteAddress),
          }),
        );
        send(response, 200, CONTENT_TYPES[encoding], encodeResponse(signal, result, encoding));
      } catch (error) {
        fail(options.log, error, declared ?? 'json', response);
      }
    };

  return createSourceServer({
    ...options,
    routes: Object.fromEntries(SIGNALS.map((signal) => [`/v1/${signal}`, { POST: post(signal) }])),
  });
}

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

/** The encoding that the header names; undefined = it names none, null = one that is not known. */
function declaredEncoding({ headers }: IncomingMessage): OtlpEncoding | undefined | null {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '') return undefined;
  if (type === 'application/json') return 'json';
  return type === 'application/x-protobuf' || type === 'application/protobuf' ? 'protobuf' : null;
}

/** A request in protobuf begins with a field tag, 0x0a; one in JSON with a brace. */
function guessEncoding(body: Buffer): OtlpEncoding {
  return /^\s*\{/.test(body.subarray(0, 64).toString('latin1')) ? 'json' : 'protobuf';
}

function fail(log: SourceLog, error: unknown, encoding: OtlpEncoding, response: ServerResponse): void {
  const problem = toProblem(error);
  if (problem.status === 500) log.error({ err: error }, 'export request failed');
  const { contentType, body } = statusBody(problem, encoding);
  send(response, problem.status, contentType, body, problem.headers);
}

function unsupported(type: string): MonitorError {
  return new MonitorError(
    'unsupported',
    `Cannot read the body: found content-type "${type.slice(0, 80)}", expected application/x-protobuf or application/json. Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json`,
  );
}
