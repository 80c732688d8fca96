import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { MonitorError, type MonitorErrorCode } from '../../../domain/error.ts';
import { encodeProtobuf } from '../../../otlp/encode-protobuf.ts';
import { many, message, one, scalar } from '../../../otlp/schema/message.ts';

/** Status of a failed call per code of `MonitorError`. OTLP clients try again on UNAVAILABLE alone. */
const CODES: Readonly<Record<MonitorErrorCode, status>> = {
  invalid: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  unauthorized: status.UNAUTHENTICATED,
  too_large: status.RESOURCE_EXHAUSTED,
  unsupported: status.UNIMPLEMENTED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

/** Where gRPC carries a google.rpc.Status beside the code and the message. */
const DETAILS_KEY = 'grpc-status-details-bin';
/** Asked to come back after this, unless the error knows better. */
const RETRY_AFTER_S = 1;
/** Messages travel in a header: clients take 8 KiB of all headers together. */
const MAX_MESSAGE_LENGTH = 1000;

interface Duration {
  readonly seconds: string;
}
const DURATION = message<Duration>('google.protobuf.Duration', { seconds: scalar('int64', 1) });
const RETRY_INFO = message<{ readonly retryDelay: Duration }>('google.rpc.RetryInfo', {
  retryDelay: one(() => DURATION, 1),
});
interface Any {
  readonly typeUrl: string;
  /** Base64. */
  readonly value: string;
}
const ANY = message<Any>('google.protobuf.Any', { typeUrl: scalar('string', 1), value: scalar('bytes', 2) });
const STATUS = message<{ readonly code: number; readonly message: string; readonly details: readonly Any[] }>(
  'google.rpc.Status',
  { code: scalar('enum', 1), message: scalar('string', 2), details: many(() => ANY, 3) },
);

/** The status that an error makes for a client. What only we should see stays out of it. */
export function toGrpcStatus(error: unknown): StatusObject & Pick<ServiceError, 'code' | 'details'> {
  if (!(error instanceof MonitorError) || error.code === 'internal') {
    const details = 'Cannot handle the request: a fault in the bridge, see its log';
    return { code: status.INTERNAL, details, metadata: new Metadata() };
  }
  const code = CODES[error.code];
  const details = error.message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
  const metadata = new Metadata();
  if (error.code === 'unavailable') {
    metadata.set(DETAILS_KEY, retryDetails(code, details, error.retryAfterS ?? RETRY_AFTER_S));
  }
  return { code, details, metadata };
}

/** A google.rpc.Status that says when to come back. */
function retryDetails(code: status, text: string, retryAfterS: number): Buffer {
  const retryInfo = encodeProtobuf(RETRY_INFO, { retryDelay: { seconds: String(Math.ceil(retryAfterS)) } });
  const detail: Any = {
    typeUrl: 'type.googleapis.com/google.rpc.RetryInfo',
    value: Buffer.from(retryInfo).toString('base64'),
  };
  return Buffer.from(encodeProtobuf(STATUS, { code, message: text, details: [detail] }));
}
