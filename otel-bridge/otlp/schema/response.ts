import type { Signal } from '../../domain/outbox.ts';
import { type Message, message, one, scalar } from './message.ts';

/** How the count of what was not taken is called in each signal's response. */
export const REJECTED_COUNTS: Readonly<Record<Signal, string>> = {
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
  traces: 'rejectedSpans',
};

/** A response of opentelemetry/proto/collector/<signal>/v1; the three differ in names alone. */
function response(signal: Signal): Message {
  const partialSuccess = message<Record<string, string>>(`${signal} partial success`, {
    [REJECTED_COUNTS[signal]]: scalar('int64', 1),
    errorMessage: scalar('string', 2),
  });
  return message<Record<string, object>>(`${signal} response`, {
    partialSuccess: one(() => partialSuccess, 1),
  });
}

export const LOGS_RESPONSE = response('logs');
export const METRICS_RESPONSE = response('metrics');
export const TRACES_RESPONSE = response('traces');

/** The body of every error answer: google.rpc.Status, its details left out. */
export const RPC_STATUS = message<{ code: number; message: string }>('google.rpc.Status', {
  code: scalar('enum', 1),
  message: scalar('string', 2),
});
