import type { IncomingMessage, Server } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { TokenClaims } from '../../domain/event.ts';
import { acceptWebSockets, endClient } from '../../websocket/accept-websockets.ts';
import type { UpgradeRefusal } from '../../websocket/refuse-upgrade.ts';
import { type Admission, createAdmission, type Pass } from '../admission/admission.ts';
import type { EnvelopeIntake } from '../envelope/envelope-intake.ts';
import { type BatchElement, parseBatch } from '../envelope/parse-batch.ts';
import type { HostPolicy } from '../http/host-policy.ts';
import { BODY_LIMIT_BYTES } from '../http/read-body.ts';
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
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
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
const TRY_AGAIN_LATER = 1013;
/** A client that sends faster than the disk writes is not read from until it has its acknowledgements. */
const PAUSE_BYTES = 1024 * 1024;
const PAUSE_MESSAGES = 1024;
/** How long messages under way may take when the server ends. */
const DRAIN_MS = 5000;

/**
 * Serves `GET /v1/ws` of the ingest port: every message is an envelope or an array of them, and is answered with the ids
 * that are durable now, those that were already, and those that are refused.
 */
export function serveIngestSocket(server: Server, options: IngestSocketOptions): IngestSocket {
  const { hosts, authenticator, log, admission = createAdmission() } = options;
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
        admission,
        onTooMuch: () => endClient(client, TRY_AGAIN_LATER, 'too many large messages at once'),
      });
      serveSender(client, {
        admission,
        answer: (body, enter) => answer(options, body, { claims: sender, enter }),
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
  readonly admission: Admission;
  /** Never fails. */
  readonly answer: (body: Buffer, enter: () => Pass) => Promise<Acknowledgement>;
  readonly track: (work: Promise<void>) => void;
}

/** Answers a client's messages, and reads no further while too much of it is under way, or anything while all is busy. */
function serveSender(client: WebSocket, { admission, answer, track }: SenderOptions): void {
  let messages = 0;
  let bytes = 0;
  const add = (count: number, size: number): void => {
    messages += count;
    bytes += size;
    const isFull = messages >= PAUSE_MESSAGES || bytes >= PAUSE_BYTES || (messages > 0 && admission.isBusy);
    if (isFull && !client.isPaused) client.pause();
    else if (!isFull && client.isPaused) client.resume();
  };
  const handle = async (body: Buffer): Promise<void> => {
    add(1, body.length);
    const enter = (): Pass => {
      const pass = admission.enter({ bytes: body.length, evict: () => undefined });
      pass.arrived();
      pass.hold(body.length);
      return pass;
    };
    const text = JSON.stringify(await answer(body, enter));
    // Done when it was written: a client that does not read its acknowledgements is not read from either.
    await new Promise<void>((resolve) => client.send(text, () => resolve()));
    add(-1, -body.length);
  };
  client.on('message', (data) => track(handle(toBuffer(data))));
}

async function answer(
  { intake, log }: IngestSocketOptions,
  body: Buffer,
  { claims, enter }: { readonly claims: TokenClaims | undefined; readonly enter: () => Pass },
): Promise<Acknowledgement> {
  let elements: readonly BatchElement[] = [];
  try {
    elements = parseBatch(body, 'json');
    using pass = enter();
    return acknowledge(await pass.unfold(() => intake.take(elements, claims)));
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
