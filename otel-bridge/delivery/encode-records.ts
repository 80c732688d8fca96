import type { OutboxRecord } from '../domain/outbox.ts';
import { encodeRequest } from '../otlp/codec.ts';
import { toLogsRequest } from './logs-request.ts';
import { toMetricsRequest } from './metrics-request.ts';
import type { ScopeInfo } from './resource-groups.ts';
import { toTracesRequest } from './traces-request.ts';

/**
 * Records of one lane -> body of an export request in protobuf. Depends on the records alone (no clock, no attempt),
 * so whatever a target got before it gets again byte for byte, and stores that keep equal entries once do so.
 * @throws MonitorError `invalid` when a record cannot be encoded.
 */
export function encodeRecords(records: readonly OutboxRecord[], scope: ScopeInfo): Uint8Array {
  const [first] = records;
  if (first === undefined) return new Uint8Array();
  switch (first.lane) {
    case 'logs':
      return encodeRequest(
        'logs',
        toLogsRequest(
          records.flatMap((r) => ('log' in r ? [r.log] : [])),
          scope,
        ),
      );
    case 'traces':
      return encodeRequest(
        'traces',
        toTracesRequest(
          records.flatMap((r) => ('span' in r ? [r.span] : [])),
          scope,
        ),
      );
    case 'metrics':
      return encodeRequest(
        'metrics',
        toMetricsRequest(
          records.flatMap((r) => ('point' in r ? [r.point] : [])),
          scope,
        ),
      );
    default:
      // A raw record is a request already, and one request carries one.
      return first.body;
  }
}
