import type { LogRecord } from '../domain/outbox.ts';
import type { LogsRequest, Loose, OtlpLogRecord } from '../otlp/types.ts';
import { groupByResource, type ScopeInfo, toKeyValues } from './resource-groups.ts';

/** Log records of ours -> export request. */
export function toLogsRequest(logs: readonly LogRecord[], scope: ScopeInfo): Loose<LogsRequest> {
  return {
    resourceLogs: groupByResource(logs).map(({ resource, items }) => ({
      resource,
      scopeLogs: [{ scope, logRecords: items.map(toLogRecord) }],
    })),
  };
}

function toLogRecord(log: LogRecord): Loose<OtlpLogRecord> {
  return {
    timeUnixNano: log.timeUnixNano,
    observedTimeUnixNano: log.observedTimeUnixNano,
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    body: { stringValue: log.body },
    attributes: toKeyValues(log.attributes),
    traceId: log.traceId,
    spanId: log.spanId,
  };
}
