import type { OutboxRecord, Signal } from '../domain/outbox.ts';
import type { DeliveryRequest } from './delivery.ts';
import { encodeInTurns } from './encode-records.ts';
import type { OtlpTransport } from './otlp-transport.ts';
import type { ScopeInfo } from './resource-groups.ts';
import { type SendResult, toSendResult } from './send-result.ts';

/** Requests of ours are not larger than this before compression; a single record may be. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** Sends one batch, once. Never throws. */
export interface BatchSender {
  /** Encodes and compresses a batch that will be sent next, while another one is under way. */
  prepare(batch: readonly OutboxRecord[]): void;
  /** `too_large`: not sent, halve it first. */
  send(batch: readonly OutboxRecord[], abort: AbortSignal): Promise<SendResult | { status: 'too_large' }>;
}

/** A batch and the body of its request, which is on its way. */
interface Prepared {
  readonly batch: readonly OutboxRecord[];
  readonly body: Promise<Uint8Array>;
}

/** What a sender needs. */
export interface BatchSenderOptions {
  readonly url: string;
  readonly signal: Signal;
  readonly headers: Readonly<Record<string, string>>;
  readonly scope: ScopeInfo;
  readonly requestTimeoutMs: number;
  readonly transport: OtlpTransport;
  /** Unix ms. */
  readonly now: () => number;
  /** Hears of every request. */
  readonly onRequest?: (request: Omit<DeliveryRequest, 'target' | 'lane'>) => void;
}

/** Creates the sender of one lane to one target. */
export function createBatchSender(options: BatchSenderOptions): BatchSender {
  const { url, signal, headers, scope, requestTimeoutMs, transport, now, onRequest } = options;
  // The batch that was sent last, encoded: a retry need not do that again.
  let last: { readonly batch: readonly OutboxRecord[]; readonly body: Uint8Array } | null = null;
  let prepared: Prepared | null = null;
  return {
    prepare(batch) {
      const body = encodeInTurns(batch, scope);
      // A failure is said when it is sent.
      body.then(
        (bytes) => {
          if (bytes.length <= MAX_REQUEST_BYTES) transport.prepare?.(bytes);
        },
        () => undefined,
      );
      prepared = { batch, body };
    },
    async send(batch, abort) {
      try {
        if (prepared?.batch === batch) {
          const { body } = prepared;
          prepared = null;
          last = { batch, body: await body };
        }
        if (last?.batch !== batch) last = { batch, body: await encodeInTurns(batch, scope) };
      } catch (error) {
        return { status: 'refused', reason: error instanceof Error ? error.message : String(error) };
      }
      if (batch.length > 1 && last.body.length > MAX_REQUEST_BYTES) return { status: 'too_large' };
      const startMs = now();
      const answer = await transport.post({
        url,
        headers,
        body: last.body,
        timeoutMs: requestTimeoutMs,
        abort,
      });
      const result = toSendResult(signal, answer, now());
      onRequest?.({
        records: batch.length,
        sizeBytes: last.body.length,
        outcome: result.status,
        reason: result.status === 'accepted' ? null : result.reason,
        startMs,
        endMs: now(),
      });
      if (result.status === 'accepted') last = null;
      return result;
    },
  };
}
