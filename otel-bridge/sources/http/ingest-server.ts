import type { IncomingMessage, Server } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import type { AgentEvent, TokenClaims } from '../../domain/event.ts';
import type { Journal } from '../../domain/journal.ts';
import { decodeEnvelope, type Rejection } from '../envelope/decode-envelope.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import type { HostPolicy } from './host-policy.ts';
import { send } from './problem.ts';
import { BODY_LIMIT_BYTES, type BodyBudget, readBody } from './read-body.ts';
import { createSourceServer, type RouteHandler, type SourceLog } from './source-server.ts';

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
  readonly journal: Pick<Journal, 'append'>;
  /** Takes out of an event what must not be kept. */
  readonly redact: (event: AgentEvent) => AgentEvent;
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  readonly readiness: () => Readiness;
  readonly log: SourceLog;
  /** Hears of every batch, for self-telemetry. */
  readonly onIngest?: (result: IngestResult) => void;
  /** @default 20 MiB */
  readonly bodyLimitBytes?: number;
  /** See `SourceServerOptions`. */
  readonly maxConnections?: number;
  readonly requestTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

/** Bodies of all requests together. */
const BUDGET_BYTES = 256 * 1024 * 1024;

/**
 * The server of the ingest port: `POST /v1/events`, `GET /healthz`, `GET /readyz`.
 * `POST /v1/hooks/claude-code` and `/v1/samples` are not served yet: 404.
 * Answers 202 only after the journal has the events on disk.
 */
export function createIngestServer(options: IngestServerOptions): Server {
  const budget: BodyBudget = { usedBytes: 0, limitBytes: BUDGET_BYTES };
  const limitBytes = options.bodyLimitBytes ?? BODY_LIMIT_BYTES;

  const postEvents: RouteHandler = async (request, response) => {
    const { headers, socket } = request;
    const sender = options.authenticator.authenticate(
      { headers, remoteAddress: socket.remoteAddress },
      'ingest',
    );
    if (!sender.granted) throw new MonitorError('unauthorized', sender.detail);
    checkContentType(request);
    const body = await readBody(request, { limitBytes, budget });
    const result = await ingest(options, parse(body), sender.claims);
    options.onIngest?.(result);
    sendJson(response, 202, result);
  };

  return createSourceServer({
    ...options,
    routes: {
      '/v1/events': { POST: postEvents },
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

/** Decodes, redacts and appends a batch. A bad element never fails its neighbours. */
async function ingest(
  { journal, redact }: IngestServerOptions,
  values: readonly unknown[],
  claims: TokenClaims | undefined,
): Promise<IngestResult> {
  const events: AgentEvent[] = [];
  const rejected: IngestResult['rejected'][number][] = [];
  for (const [index, value] of values.entries()) {
    const { event, rejection } = decodeEnvelope(value, { origin: 'ingest', claims });
    if (event !== undefined) events.push(redact(event));
    else rejected.push({ index, ...rejection });
  }
  const statuses = events.length === 0 ? [] : await journal.append({ events });
  const duplicates = statuses.filter((status) => status === 'duplicate').length;
  return { accepted: statuses.length - duplicates, duplicates, rejected };
}

/** The elements of the body: those of an array, or the one that it is. */
function parse(body: Buffer): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new MonitorError(
      'invalid',
      'Cannot read the body: found something that is not JSON, expected an agentmon envelope or an array of them',
      { cause: error },
    );
  }
  return Array.isArray(value) ? value : [value];
}

function checkContentType({ headers }: IncomingMessage): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === undefined || type === '' || /^application\/(?:[a-z0-9.+-]+\+)?json$/.test(type)) return;
  throw new MonitorError(
    'unsupported',
    `Cannot read the body: found content-type "${type.slice(0, 80)}", expected application/json`,
  );
}

function sendJson(response: Parameters<RouteHandler>[1], status: number, value: object): void {
  send(response, status, 'application/json', Buffer.from(JSON.stringify(value)));
}
