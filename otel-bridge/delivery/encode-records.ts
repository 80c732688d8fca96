import { setImmediate as nextTurn } from 'node:timers/promises';
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
    case 'digest/logs':
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

/** Records that are encoded at once, which takes a millisecond or two: whoever waits for an answer has their turn then. */
const SLICE_RECORDS = 64;

/**
 * The same, a few records at a time with turns for others in between. Lists of messages in protobuf are joined by
 * writing one behind the other; resources that are in several slices are told once per slice.
 * @throws MonitorError as `encodeRecords` does
 */
export async function encodeInTurns(records: readonly OutboxRecord[], scope: ScopeInfo): Promise<Uint8Array> {
  if (records.length <= SLICE_RECORDS) return encodeRecords(records, scope);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += SLICE_RECORDS) {
    parts.push(encodeRecords(records.slice(at, at + SLICE_RECORDS), scope));
    await nextTurn();
  }
  return Buffer.concat(parts);
}
