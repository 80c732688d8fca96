import type { AgentEvent, TokenClaims } from '../../domain/event.ts';
import type { AppendRequest, Journal } from '../../domain/journal.ts';
import type { Signal } from '../../domain/outbox.ts';
import { createRequestWriter, type RequestWriter } from '../../otlp/codec.ts';
import type { LogsRequest, OtlpRequest, PartialSuccess } from '../../otlp/types.ts';
import type { Redactor } from '../../privacy/redactor.ts';
import { attributeRequest } from './attribute-request.ts';
import { fitSizes } from './fit-sizes.ts';
import { fitTimes } from './fit-times.ts';
import { rejectOwnNames } from './own-telemetry.ts';

/** What is known of an export request beside its body. */
export interface ExportContext {
  readonly signal: Signal;
  /** What the sender's token fixes. */
  readonly claims: TokenClaims | undefined;
  /** When the bridge took it, unix ms. */
  readonly receivedMs: number;
  /** Address that it came from; undefined when the connection is gone. */
  readonly peerHost: string | undefined;
}

/** Reads the events out of an agent's export request, not redacted. Must not change the request. */
export type TelemetryDecoder = (request: OtlpRequest, context: ExportContext) => AgentEvent[];

/** Takes export requests, whichever transport they came by. */
export interface ExportReceiver {
  /**
   * Makes a decoded request durable: the events that it tells, and itself, redacted, for the agents' own streams.
   * @param parts of the request, each decoded when the one before is done with
   * @throws MonitorError as `Journal.append` does, or whatever a part throws; nothing of the request was kept then.
   */
  receive(parts: Iterable<OtlpRequest>, context: ExportContext): Promise<PartialSuccess>;
}

/** What an export receiver needs. */
export interface ExportReceiverOptions {
  readonly journal: Pick<Journal, 'append'>;
  readonly redactor: Redactor;
  readonly toEvents: TelemetryDecoder;
  /** Takes out of a request, in place, what is not passed on as the agent's own telemetry. @default nothing */
  readonly withhold?: (signal: Signal, request: OtlpRequest) => void;
}

/**
 * Builds the receiver of export requests. The HTTP server is one transport in front of it; a gRPC server decodes,
 * authenticates and calls `receive` in the same way.
 */
export function createExportReceiver(options: ExportReceiverOptions): ExportReceiver {
  const { journal, redactor, toEvents, withhold } = options;

  /** The part of `append` that a part of a request tells. */
  const take = (
    part: OtlpRequest,
    context: ExportContext,
    events: AgentEvent[],
    raw: RequestWriter<Signal>,
  ): void => {
    const { signal, receivedMs } = context;
    for (const event of toEvents(part, context)) events.push(redactor.event(event));
    withhold?.(signal, part);
    redactor.otlp(signal, part);
    if (signal === 'logs') {
      fitTimes(part as LogsRequest, receivedMs);
      fitSizes(part as LogsRequest);
    }
    if (!isEmpty(part)) raw.add(part);
  };

  /** What is kept of a request. Apart from `receive`, so that the request itself is gone while that waits. */
  const toAppend = (
    parts: Iterable<OtlpRequest>,
    context: ExportContext,
  ): { readonly result: PartialSuccess; readonly request: AppendRequest } => {
    const { signal, claims } = context;
    const events: AgentEvent[] = [];
    const raw = createRequestWriter(signal);
    let result: PartialSuccess = { rejected: 0, message: '' };
    for (const part of parts) {
      const { rejected, message } = rejectOwnNames(signal, part);
      if (message !== '') result = { rejected: result.rejected + rejected, message };
      attributeRequest(signal, part, claims);
      if (!isEmpty(part)) take(part, context, events, raw);
    }
    const body = raw.finish();
    return { result, request: { events, raw: body.length === 0 ? [] : [{ signal, body }] } };
  };

  return {
    receive(parts, context) {
      const { result, request } = toAppend(parts, context);
      if (request.events.length === 0 && request.raw?.length === 0) return Promise.resolve(result);
      return journal.append(request).then(() => result);
    },
  };
}

function isEmpty(request: OtlpRequest): boolean {
  return Object.values(request).every((groups: readonly unknown[]) => groups.length === 0);
}
