import type { IncomingMessage, Server } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { MonitorError } from '../../domain/error.ts';
import type { TokenClaims } from '../../domain/event.ts';
import { acceptWebSockets, endClient } from '../../websocket/accept-websockets.ts';
import type { UpgradeRefusal } from '../../websocket/refuse-upgrade.ts';
import type { EnvelopeIntake } from '../envelope/envelope-intake.ts';
import { type BatchElement, parseBatch } from '../envelope/parse-batch.ts';
import type { HostPolicy } from '../http/host-policy.ts';
import { BODY_LIMIT_BYTES, type BodyBudget } from '../http/read-body.ts';
import { siteProblem } from '../http/site-problem.ts';
import type { SourceLog } from '../http/source-server.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { type Acknowledgement, acknowledge, refuseAll } from './acknowledgement.ts';
import { watchPartialMessages } from './partial-messages.ts';

/** What the WebSocket of the ingest port needs. */
export interface IngestSocketOptions {
  readonly intake: EnvelopeIntake;
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  readonly log: SourceLog;
  /** Largest message. @default 20 MiB */
  readonly messageLimitBytes?: number;
  /** Clients at once. @default 256 */
  readonly maxClients?: number;
}

/** The WebSocket at work. */
export interface IngestSocket extends AsyncDisposable {
  /** Messages that are not acknowledged yet. */
  readonly underWay: number;
}

const PATH = '/v1/ws';
const POLICY_VIOLATION = 1008;
/** Messages of all clients that are not acknowledged yet. */
const BUDGET_BYTES = 256 * 1024 * 1024;
/** A client that sends faster than the disk writes is not read from until it has its acknowledgements. */
const PAUSE_BYTES = 8 * 1024 * 1024;
const PAUSE_MESSAGES = 1024;
/** How long messages under way may take when the server ends. */
const DRAIN_MS = 5000;

/**
 * Serves `GET /v1/ws` of the ingest port: every message is an envelope or an array of them, and is answered with the ids
 * that are durable now, those that were already, and those that are refused.
 */
export function serveIngestSocket(server: Server, options: IngestSocketOptions): IngestSocket {
  const { hosts, authenticator, log } = options;
  const budget: BodyBudget = { usedBytes: 0, limitBytes: BUDGET_BYTES };
  const claims = new WeakMap<IncomingMessage, TokenClaims | undefined>();
  const underWay = new Set<Promise<void>>();

  const refuse = (request: IncomingMessage): UpgradeRefusal | null => {
    const wrongSite = siteProblem(hosts, request);
    if (wrongSite !== null) return wrongSite;
    const { headers, socket } = request;
    const sender = authenticator.authenticate({ headers, remoteAddress: socket.remoteAddress }, 'ingest');
    if (!sender.granted) return { status: 401, code: 'unauthorized', detail: sender.detail };
    claims.set(request, sender.claims);
    return null;
  };

  const websockets = acceptWebSockets(server, {
    path: PATH,
    refuse,
    maxMessageBytes: options.messageLimitBytes ?? BODY_LIMIT_BYTES,
    maxClients: options.maxClients ?? 256,
    onError: (error) => log.error({ err: error }, 'cannot open a WebSocket'),
    open(client, request) {
      const sender = claims.get(request);
      watchPartialMessages(client, request.socket, {
        budget,
        onTooMuch: () => endClient(client, POLICY_VIOLATION, 'too many large messages at once'),
      });
      serveSender(client, {
        budget,
        answer: (body) => answer(options, body, { claims: sender, budget }),
        track(work) {
          underWay.add(work);
          void work.finally(() => underWay.delete(work));
        },
      });
    },
  });

  return {
    get underWay() {
      return underWay.size;
    },
    async [Symbol.asyncDispose]() {
      for (const client of websockets.clients) client.pause();
      await settledWithin(underWay, DRAIN_MS);
      websockets.close();
    },
  };
}

interface SenderOptions {
  readonly budget: BodyBudget;
  /** Never fails. */
  readonly answer: (body: Buffer) => Promise<Acknowledgement>;
  readonly track: (work: Promise<void>) => void;
}

/** Answers a client's messages, and reads no further while too much of it is under way. */
function serveSender(client: WebSocket, { budget, answer, track }: SenderOptions): void {
  let messages = 0;
  let bytes = 0;
  const add = (count: number, size: number): void => {
    messages += count;
    bytes += size;
    budget.usedBytes += size;
    const isFull = messages >= PAUSE_MESSAGES || bytes >= PAUSE_BYTES;
    if (isFull && !client.isPaused) client.pause();
    else if (!isFull && client.isPaused) client.resume();
  };
  const handle = async (body: Buffer): Promise<void> => {
    add(1, body.length);
    const text = JSON.stringify(await answer(body));
    // Done when it was written: a client that does not read its acknowledgements is not read from either.
    await new Promise<void>((resolve) => client.send(text, () => resolve()));
    add(-1, -body.length);
  };
  client.on('message', (data) => track(handle(toBuffer(data))));
}

async function answer(
  { intake, log }: IngestSocketOptions,
  body: Buffer,
  { claims, budget }: { readonly claims: TokenClaims | undefined; readonly budget: BodyBudget },
): Promise<Acknowledgement> {
  let elements: readonly BatchElement[] = [];
  try {
    elements = parseBatch(body, 'json');
    if (budget.usedBytes > budget.limitBytes) {
      throw new MonitorError(
        'unavailable',
        'Cannot take the message: too many large ones at once. Send it again',
      );
    }
    return acknowledge(await intake.take(elements, claims));
  } catch (error) {
    return refuseAll(elements, error, log);
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

async function settledWithin(work: ReadonlySet<Promise<void>>, timeoutMs: number): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, timeoutMs);
  await Promise.race([Promise.allSettled(work), timeout.promise]);
  clearTimeout(timer);
}
