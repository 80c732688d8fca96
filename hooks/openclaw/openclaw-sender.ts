import type { Envelope } from '../sdk/envelope.ts';
import { createEventQueue } from '../sdk/event-queue.ts';
import type { OpenClawConfig } from './openclaw-config.ts';
import type { OpenClawEvent } from './told.ts';

/** Tells the bridge, in the background; nothing is ever thrown at the gateway. */
export interface OpenClawSender {
  tell(events: readonly OpenClawEvent[], tsMs: number): void;
  /** Resolves when everything is with the bridge, or kept. */
  flush(): Promise<void>;
}

const BATCH_SIZE = 50;
const FLUSH_MS = 500;
const TIMEOUT_MS = 2000;

/** Builds the sender. @param onError hears of what could not be sent */
export function createOpenClawSender(
  { url, token, host, project, agent, spool }: OpenClawConfig,
  onError: (error: Error) => void,
): OpenClawSender {
  const queue = createEventQueue({
    url,
    token,
    spool,
    batchSize: BATCH_SIZE,
    flushMs: FLUSH_MS,
    timeoutMs: TIMEOUT_MS,
    onError,
  });
  const attributes = { ...(project === null ? {} : { project }), ...(agent === null ? {} : { agent }) };
  let seq = 0;
  return {
    tell(events, tsMs) {
      for (const { type, payload, sessionId, runId, spanId, parentSpanId } of events) {
        seq += 1;
        const envelope: Envelope = {
          schema: { name: 'agentmon.event', version: 1 },
          event: {
            id: crypto.randomUUID(),
            type,
            ts: new Date(tsMs).toISOString(),
            seq,
            source: { framework: 'openclaw', client_id: host, host },
          },
          correlation: {
            ...(sessionId === undefined ? {} : { session_id: sessionId }),
            ...(runId === undefined ? {} : { run_id: runId }),
            ...(spanId === undefined ? {} : { span_id: spanId }),
            ...(parentSpanId === undefined ? {} : { parent_span_id: parentSpanId }),
          },
          attributes,
          payload,
        };
        queue.add(envelope);
      }
    },
    flush: queue.flush,
  };
}
