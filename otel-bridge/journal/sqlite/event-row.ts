import type { AgentEvent, JournalEvent, JsonObject, Origin } from '../../domain/event.ts';

/** Columns of the table `events` in the order of `eventRow`. */
export const EVENT_COLUMNS =
  'id, type, ts_ms, ts_nanos, received_ms, origin, framework, client_id, host, session_id, run_id, body';

/** Values of one event in the order of `EVENT_COLUMNS`. */
export type EventRow = [
  string,
  string,
  number,
  number,
  number,
  Origin,
  string,
  string | null,
  string | null,
  string | null,
  string | null,
  string,
];

/** The row of an event. What has no column of its own is in `body`, as JSON. */
export function eventRow(event: AgentEvent, receivedMs: number): EventRow {
  const { correlation, source } = event;
  const body = {
    attributes: event.attributes,
    payload: event.payload,
    seq: event.seq,
    spanId: correlation.spanId,
    parentSpanId: correlation.parentSpanId,
    traceId: correlation.traceId,
    claims: event.claims,
  };
  return [
    event.id,
    event.type,
    event.tsMs,
    event.tsNanos,
    receivedMs,
    event.origin,
    source.framework,
    source.clientId ?? null,
    source.host ?? null,
    correlation.sessionId ?? null,
    correlation.runId ?? null,
    JSON.stringify(body),
  ];
}

/** The event of a row of `SELECT seq, <EVENT_COLUMNS>`. */
export function rowEvent(row: Record<string, unknown>): JournalEvent {
  const body = JSON.parse(String(row.body)) as {
    attributes: JsonObject;
    payload: JsonObject;
    seq?: number;
    spanId?: string;
    parentSpanId?: string;
    traceId?: string;
    claims?: AgentEvent['claims'];
  };
  return {
    journalSeq: Number(row.seq),
    id: String(row.id),
    type: String(row.type),
    tsMs: Number(row.ts_ms),
    tsNanos: Number(row.ts_nanos),
    receivedMs: Number(row.received_ms),
    origin: row.origin as Origin,
    seq: body.seq,
    source: {
      framework: String(row.framework),
      clientId: optional(row.client_id),
      host: optional(row.host),
    },
    correlation: {
      sessionId: optional(row.session_id),
      runId: optional(row.run_id),
      spanId: body.spanId,
      parentSpanId: body.parentSpanId,
      traceId: body.traceId,
    },
    attributes: body.attributes,
    payload: body.payload,
    claims: body.claims,
  };
}

function optional(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
