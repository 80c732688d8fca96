import { keyValues, type PlainValue } from '../../../../otel-bridge/otlp/attributes.ts';
import type { LogsRequest, OtlpLogRecord } from '../../../../otel-bridge/otlp/types.ts';

type Values = Record<string, PlainValue>;

export const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

export const nanos = (ms: number): string => `${ms}000000`;

/** A log record as an agent writes it. */
export function makeRecord(attributes: Values = {}, over: Partial<OtlpLogRecord> = {}): OtlpLogRecord {
  return {
    timeUnixNano: nanos(NOW_MS),
    observedTimeUnixNano: nanos(NOW_MS),
    severityNumber: 0,
    severityText: '',
    body: { stringValue: 'claude_code.tool_result' },
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...over,
  };
}

/** An export request with one resource. */
export function makeLogs(
  records: OtlpLogRecord[],
  resource: Values = { 'service.name': 'claude-code' },
): LogsRequest {
  return {
    resourceLogs: [
      {
        resource: { attributes: keyValues(resource), droppedAttributesCount: 0, entityRefs: [] },
        scopeLogs: [
          {
            scope: { name: 'events', version: '1', attributes: [], droppedAttributesCount: 0 },
            logRecords: records,
            schemaUrl: '',
          },
        ],
        schemaUrl: '',
      },
    ],
  };
}
