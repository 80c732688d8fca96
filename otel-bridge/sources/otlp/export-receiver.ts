import type { AgentEvent, TokenClaims } from '../../domain/event.ts';
import type { AppendRequest, Journal } from '../../domain/journal.ts';
import type { Signal } from '../../domain/outbox.ts';
import { encodeRequest } from '../../otlp/codec.ts';
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
   * @throws MonitorError as `Journal.append` does; nothing of the request was kept then.
   */
  receive(request: OtlpRequest, context: ExportContext): Promise<PartialSuccess>;
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

  /** What is kept of a request. Apart from `receive`, so that the request itself is gone while that waits. */
  const toAppend = (request: OtlpRequest, context: ExportContext): AppendRequest => {
    const { signal, receivedMs } = context;
    const events = toEvents(request, context).map((event) => redactor.event(event));
    withhold?.(signal, request);
    redactor.otlp(signal, request);
    if (signal === 'logs') {
      fitTimes(request as LogsRequest, receivedMs);
      fitSizes(request as LogsRequest);
    }
    return { events, raw: isEmpty(request) ? [] : [{ signal, body: encodeRequest(signal, request) }] };
  };

  return {
    receive(request, context) {
      const { signal, claims } = context;
      const result = rejectOwnNames(signal, request);
      attributeRequest(signal, request, claims);
      if (isEmpty(request)) return Promise.resolve(result);
      return journal.append(toAppend(request, context)).then(() => result);
    },
  };
}

function isEmpty(request: OtlpRequest): boolean {
  return Object.values(request).every((groups: readonly unknown[]) => groups.length === 0);
}
