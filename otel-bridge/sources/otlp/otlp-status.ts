import { encodeProtobuf } from '../../otlp/encode-protobuf.ts';
import { message, scalar } from '../../otlp/schema/message.ts';
import type { OtlpEncoding } from '../../otlp/types.ts';
import { type Problem, problemBody } from '../http/problem.ts';

/** google.rpc.Status, the body of a failed export. */
interface Status {
  readonly code: number;
  readonly message: string;
}

const STATUS = message<Status>('google.rpc.Status', {
  code: scalar('uint32', 1),
  message: scalar('string', 2),
});

/** Codes of gRPC by HTTP status. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 503: 14 };
const UNKNOWN_CODE = 2;

/** A failed export in the encoding of its request: protobuf clients expect a `Status`, the others read JSON. */
export function statusBody(
  problem: Problem,
  encoding: OtlpEncoding,
): { readonly contentType: string; readonly body: Uint8Array } {
  if (encoding === 'json') return { contentType: 'application/problem+json', body: problemBody(problem) };
  const status: Status = { code: CODES[problem.status] ?? UNKNOWN_CODE, message: problem.detail };
  return { contentType: 'application/x-protobuf', body: encodeProtobuf(STATUS, status) };
}
