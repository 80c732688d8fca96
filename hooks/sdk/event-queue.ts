import { appendToSpool } from '../../otel-bridge/host/spool/append-to-spool.ts';
import { drainSpool, type PostResult } from '../../otel-bridge/host/spool/drain-spool.ts';
import type { Envelope } from './envelope.ts';

/** Where events go, and how patiently. */
export interface EventQueueOptions {
  /** Base URL of the bridge's ingest port. */
  readonly url: string;
  readonly token: string | null;
  /** Folder that keeps what nobody takes; null = it is kept in memory, and lost with the process. */
  readonly spool: string | null;
  /** Events a request, at most. */
  readonly batchSize: number;
  /** An event waits no longer than this before it is sent, ms. */
  readonly flushMs: number;
  /** How long one request may take, ms. */
  readonly timeoutMs: number;
  /** Hears of what was refused or could not be sent; nothing is ever thrown at the caller. */
  readonly onError: (error: Error) => void;
}

/** Sends envelopes in order, in batches, in the background. */
export interface EventQueue {
  add(envelope: Envelope): void;
  /** Resolves when everything that was added is durable: with the bridge, or in the spool. */
  flush(): Promise<void>;
}

/** So many events are kept in memory while the bridge is away and there is no spool; the oldest go first. */
const MAX_WAITING = 10_000;

/** Builds the queue. Nothing keeps the process alive but a `flush` that is waited for. */
export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { spool, batchSize, flushMs, onError } = options;
  let waiting: Envelope[] = [];
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchSize);
      try {
        // What was kept is older.
        if (spool !== null) await drainSpool({ folder: spool, post: (lines) => post(options, lines) });
        await post(options, toLines(batch));
      } catch (error) {
        onError(toError(error));
        if (spool === null) return;
        for (const envelope of batch) appendToSpool(spool, JSON.stringify(envelope));
      }
      waiting = waiting.slice(batch.length);
    }
  };

  const flush = (): Promise<void> => {
    sending = sending.then(send).catch((error: unknown) => onError(toError(error)));
    return sending;
  };

  return {
    add(envelope) {
      if (waiting.length >= MAX_WAITING) {
        waiting.shift();
        onError(new Error(`an event was dropped: ${MAX_WAITING} wait for a bridge that is away`));
      }
      waiting.push(envelope);
      if (waiting.length >= batchSize) void flush();
      else timer ??= setTimeout(() => void flush(), flushMs).unref();
    },
    flush,
  };
}

function toLines(envelopes: readonly Envelope[]): Buffer {
  return Buffer.from(envelopes.map((envelope) => `${JSON.stringify(envelope)}\n`).join(''));
}

/** Posts lines of JSON. Rejects where it is to be tried again. */
async function post(
  { url, token, timeoutMs, onError }: EventQueueOptions,
  lines: Buffer,
): Promise<PostResult> {
  const response = await fetch(new URL('/v1/events', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-ndjson',
      ...(token === null ? {} : { 'x-agent-monitor-token': token }),
    },
    body: new Uint8Array(lines),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.status === 400 || response.status === 413) {
    onError(new Error(`the bridge refused a batch of events: ${text}`));
    return 'refused';
  }
  if (!response.ok) throw new Error(`the bridge answered ${response.status}: ${text}`);
  const { rejected = [] } = JSON.parse(text) as { rejected?: { id: string | null; message: string }[] };
  for (const { id, message } of rejected) onError(new Error(`the bridge refused event "${id}": ${message}`));
  return 'sent';
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
