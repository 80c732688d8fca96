import type { JournalEvent } from '../../domain/event.ts';
import { isoTime } from './time.ts';

/** An event as its agentmon envelope, with when and how the bridge got it. */
export function eventJson(event: Omit<JournalEvent, 'journalSeq'>) {
  const { source, correlation } = event;
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: event.id,
      type: event.type,
      ts: isoTime(event.tsMs),
      seq: event.seq ?? null,
      source: {
        framework: source.framework,
        client_id: source.clientId ?? null,
        host: source.host ?? null,
      },
    },
    correlation: {
      session_id: correlation.sessionId ?? null,
      run_id: correlation.runId ?? null,
      span_id: correlation.spanId ?? null,
      parent_span_id: correlation.parentSpanId ?? null,
      trace_id: correlation.traceId ?? null,
    },
    attributes: event.attributes,
    payload: event.payload,
    received_at: isoTime(event.receivedMs),
    origin: event.origin,
  };
}
