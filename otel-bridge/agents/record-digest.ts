import { createHash } from 'node:crypto';
import { attributeValue } from '../otlp/attributes.ts';
import type { OtlpLogRecord } from '../otlp/types.ts';
import type { PlainAttributes } from './adapter.ts';

/** What tells one log record from any other: all that it says. A resend says the same. */
export function recordDigest(record: OtlpLogRecord, attributes: PlainAttributes): string {
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const { timeUnixNano, traceId, spanId } = record;
  const said = JSON.stringify([timeUnixNano, traceId, spanId, attributeValue(record.body), sorted]);
  return createHash('sha256').update(said).digest('base64url').slice(0, 27);
}
