/** Export requests with spans and log records, built by hand. */
import { keyValues, type PlainValue } from '../../otel-bridge/otlp/attributes.ts';
import type { LogsRequest, OtlpLogRecord, OtlpSpan, TracesRequest } from '../../otel-bridge/otlp/types.ts';

/** A span in short; ids are padded to their lengths. */
export interface SpanDraft {
  readonly name: string;
  readonly id: string;
  readonly parent?: string;
  /** @default 't1' */
  readonly trace?: string;
  /** Milliseconds after `SPANS_START_MS`. @default 0 */
  readonly startMs?: number;
  /** @default startMs + 100 */
  readonly endMs?: number;
  readonly attributes?: Readonly<Record<string, PlainValue>>;
  /** Message of an error status. */
  readonly error?: string;
  readonly flags?: number;
  readonly events?: readonly { readonly name: string; readonly attributes: Record<string, PlainValue> }[];
}

/** When spans begin, unix ms. */
export const SPANS_START_MS = Date.parse('2026-11-20T11:59:00Z');

/** Hex digits of a fixed length that stand for a short id. */
export function hexId(id: string, length: 16 | 32): string {
  return Buffer.from(id).toString('hex').padStart(length, '0').slice(-length);
}

/** A whole span of a draft. */
export function makeSpan(draft: SpanDraft): OtlpSpan {
  const startMs = SPANS_START_MS + (draft.startMs ?? 0);
  const endMs = SPANS_START_MS + (draft.endMs ?? (draft.startMs ?? 0) + 100);
  return {
    traceId: hexId(draft.trace ?? 't1', 32),
    spanId: hexId(draft.id, 16),
    traceState: '',
    parentSpanId: draft.parent === undefined ? '' : hexId(draft.parent, 16),
    flags: draft.flags ?? 0,
    name: draft.name,
    kind: 1,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: keyValues(draft.attributes ?? {}),
    droppedAttributesCount: 0,
    events: (draft.events ?? []).map(({ name, attributes }) => ({
      timeUnixNano: `${endMs}000000`,
      name,
      attributes: keyValues(attributes),
      droppedAttributesCount: 0,
    })),
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    ...(draft.error === undefined ? {} : { status: { code: 2, message: draft.error } }),
  };
}

/** A request with spans of one resource. */
export function tracesRequest(
  spans: readonly OtlpSpan[],
  resource: Readonly<Record<string, PlainValue>>,
): TracesRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource), droppedAttributesCount: 0, entityRefs: [] },
        scopeSpans: [{ spans: [...spans], schemaUrl: '' }],
        schemaUrl: '',
      },
    ],
  };
}

/** A request with log records of one resource. */
export function logsRequest(
  records: readonly Partial<OtlpLogRecord>[],
  resource: Readonly<Record<string, PlainValue>>,
): LogsRequest {
  const logRecords = records.map(
    (record): OtlpLogRecord => ({
      timeUnixNano: `${SPANS_START_MS}000000`,
      observedTimeUnixNano: `${SPANS_START_MS}000000`,
      severityNumber: 9,
      severityText: '',
      attributes: [],
      droppedAttributesCount: 0,
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: '',
      ...record,
    }),
  );
  return {
    resourceLogs: [
      {
        resource: { attributes: keyValues(resource), droppedAttributesCount: 0, entityRefs: [] },
        scopeLogs: [{ logRecords, schemaUrl: '' }],
        schemaUrl: '',
      },
    ],
  };
}
