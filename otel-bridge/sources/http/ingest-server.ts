import type { IncomingMessage, Server } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import { type Admission, createAdmission } from '../admission/admission.ts';
import type { Rejection } from '../envelope/decode-envelope.ts';
import type { ElementOutcome, EnvelopeIntake } from '../envelope/envelope-intake.ts';
import { type BatchFormat, parseBatch } from '../envelope/parse-batch.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import type { HostPolicy } from './host-policy.ts';
import { send } from './problem.ts';
import { BODY_LIMIT_BYTES, readBody } from './read-body.ts';
import {
  createSourceServer,
  type RouteHandler,
  type SourceLog,
  type SourceServerOptions,
} from './source-server.ts';

/** Whether the bridge can take events, and what keeps it from that. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What became of a batch. */
export interface IngestResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly (Rejection & { readonly index: number })[];
}

/** What the ingest server needs. */
export interface IngestServerOptions {
  readonly intake: EnvelopeIntake;
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  readonly readiness: () => Readiness;
  readonly log: SourceLog;
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
  /** Further routes of this port, by path and method. */
  readonly routes?: SourceServerOptions['routes'];
  /** Hears of every batch, for self-telemetry. */
  readonly onIngest?: (result: IngestResult) => void;
  /** @default 20 MiB */
  readonly bodyLimitBytes?: number;
  /** See `SourceServerOptions`. */
  readonly maxConnections?: number;
  readonly requestTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

/**
 * The server of the ingest port: `POST /v1/events`, `GET /healthz`, `GET /readyz`, and the routes that it is given.
 * Answers 202 only after the journal has the events on disk.
 */
export function createIngestServer(options: IngestServerOptions): Server {
  const { admission = createAdmission(), bodyLimitBytes: limitBytes = BODY_LIMIT_BYTES } = options;

  const postEvents: RouteHandler = async (request, response) => {
    const { headers, socket } = request;
    const sender = options.authenticator.authenticate(
      { headers, remoteAddress: socket.remoteAddress },
      'ingest',
    );
    if (!sender.granted) throw new MonitorError('unauthorized', sender.detail);
    const format = declaredFormat(request);
    using body = await readBody(request, { limitBytes, admission });
    const outcomes = await body.unfold(() =>
      options.intake.take(parseBatch(body.bytes, format), sender.claims),
    );
    const result = summarise(outcomes);
    options.onIngest?.(result);
    sendJson(response, 202, result);
  };

  return createSourceServer({
    ...options,
    routes: {
      '/v1/events': { POST: postEvents },
      ...options.routes,
      '/healthz': { GET: (_, response) => sendJson(response, 200, { status: 'ok' }) },
      '/readyz': {
        GET: (_, response) => {
          const state = options.readiness();
          sendJson(
            response,
            state.ready ? 200 : 503,
            state.ready ? { status: 'ready' } : { status: 'not ready', reason: state.reason },
          );
        },
      },
    },
  });
}

function summarise(outcomes: readonly ElementOutcome[]): IngestResult {
  let accepted = 0;
  let duplicates = 0;
  const rejected: IngestResult['rejected'][number][] = [];
  for (const outcome of outcomes) {
    if (outcome.rejection !== undefined) rejected.push({ index: outcome.index, ...outcome.rejection });
    else if (outcome.status === 'stored') accepted += 1;
    else duplicates += 1;
  }
  return { accepted, duplicates, rejected };
}

const LINES = /^(?:application\/(?:x-)?(?:ndjson|jsonl|jsonlines)|text\/(?:x-)?(?:ndjson|jsonl))$/;
const JSON_DOCUMENT = /^application\/(?:[a-z0-9.+-]+\+)?json$/;

/** How the body is written, by its content type; JSON where there is none. */
function declaredFormat({ headers }: IncomingMessage): BatchFormat {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (LINES.test(type)) return 'lines';
  if (type === '' || JSON_DOCUMENT.test(type)) return 'json';
  throw new MonitorError(
    'unsupported',
    `Cannot read the body: found content-type "${type.slice(0, 80)}", expected application/json or application/x-ndjson`,
  );
}

function sendJson(response: Parameters<RouteHandler>[1], status: number, value: object): void {
  send(response, status, 'application/json', JSON.stringify(value));
}
