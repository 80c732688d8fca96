import type { LogsRequest, OtlpLogRecord, ResourceLogs, ScopeLogs } from '../types.ts';
import { ANY_VALUE, KEY_VALUE, RESOURCE, SCOPE } from './common.ts';
import { enumeration, many, message, one, scalar } from './message.ts';

/** opentelemetry/proto/logs/v1/logs.proto: four steps of each of the six severities. */
const SEVERITY_NUMBERS = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((severity) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${severity}${step}`),
  ),
];

const LOG_RECORD = message<OtlpLogRecord>('LogRecord', {
  timeUnixNano: scalar('fixed64', 1),
  observedTimeUnixNano: scalar('fixed64', 11),
  severityNumber: enumeration(SEVERITY_NUMBERS, 2),
  severityText: scalar('string', 3),
  body: one(() => ANY_VALUE, 5),
  attributes: many(() => KEY_VALUE, 6),
  droppedAttributesCount: scalar('uint32', 7),
  flags: scalar('fixed32', 8),
  traceId: scalar('id', 9),
  spanId: scalar('id', 10),
  eventName: scalar('string', 12),
});

const SCOPE_LOGS = message<ScopeLogs>('ScopeLogs', {
  scope: one(() => SCOPE, 1),
  logRecords: many(() => LOG_RECORD, 2),
  schemaUrl: scalar('string', 3),
});

const RESOURCE_LOGS = message<ResourceLogs>('ResourceLogs', {
  resource: one(() => RESOURCE, 1),
  scopeLogs: many(() => SCOPE_LOGS, 2),
  schemaUrl: scalar('string', 3),
});

export const LOGS_REQUEST = message<LogsRequest>('ExportLogsServiceRequest', {
  resourceLogs: many(() => RESOURCE_LOGS, 1),
});
