import { errorCode, MonitorError } from '../domain/error.ts';
import type { Signal } from '../domain/outbox.ts';
import { MAX_BODY_VALUES } from '../domain/value-limit.ts';
import { cutLogsBody } from './cut-logs.ts';
import { decodeJson } from './decode-json.ts';
import { decodeProtobuf } from './decode-protobuf.ts';
import { encodeJson } from './encode-json.ts';
import { appendProtobuf, encodeProtobuf } from './encode-protobuf.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { LOGS_REQUEST } from './schema/logs.ts';
import type { Message, Plain } from './schema/message.ts';
import { METRICS_REQUEST } from './schema/metrics.ts';
import {
  LOGS_RESPONSE,
  METRICS_RESPONSE,
  REJECTED_COUNTS,
  RPC_STATUS,
  TRACES_RESPONSE,
} from './schema/response.ts';
import { TRACES_REQUEST } from './schema/traces.ts';
import type { Loose, OtlpEncoding, OtlpRequest, PartialSuccess } from './types.ts';

/**
 * OTLP requests and responses, protobuf and JSON, to and from one plain shape (types.ts).
 *
 * `@opentelemetry/otlp-transformer` only writes what the SDK's own objects hold, takes one resource a request for
 * metrics and cannot read; the bridge reads as much as it writes and needs both to agree, so one schema drives all.
 */
const REQUESTS: Readonly<Record<Signal, Message>> = {
  logs: LOGS_REQUEST,
  metrics: METRICS_REQUEST,
  traces: TRACES_REQUEST,
};
const RESPONSES: Readonly<Record<Signal, Message>> = {
  logs: LOGS_RESPONSE,
  metrics: METRICS_RESPONSE,
  traces: TRACES_RESPONSE,
};

/**
 * Decodes the (inflated) body of an export request.
 * @throws MonitorError `invalid` when it is not one; the message says where. `too_large` when it holds too many values.
 */
export function decodeRequest<S extends Signal>(
  signal: S,
  body: Uint8Array,
  encoding: OtlpEncoding,
): OtlpRequest<S> {
  // The schema of a signal and the type of its request describe the same messages; message() checks the keys.
  return decode(REQUESTS[signal], body, encoding, `OTLP ${signal} request`) as unknown as OtlpRequest<S>;
}

/** Records that are decoded, read and let go at once: those of a large request would outlive many collections of garbage. */
const PART_RECORDS = 64;

/**
 * The same in parts, one after the other: log records in protobuf come some at a time, anything else is one part.
 * @throws as `decodeRequest`, when the part is asked for
 */
export function* decodeParts<S extends Signal>(
  signal: S,
  body: Uint8Array,
  encoding: OtlpEncoding,
): Generator<OtlpRequest<S>> {
  // Larger ones may hold more values than are allowed, which is counted over all of them.
  const isCut = signal === 'logs' && encoding === 'protobuf' && body.length < 2 * MAX_BODY_VALUES;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parts = isCut ? cutLogsBody(bytes, PART_RECORDS) : null;
  if (parts === null) yield decodeRequest(signal, body, encoding);
  else for (const part of parts) yield decodeRequest(signal, part.bytes(), encoding);
}

/**
 * Encodes an export request as protobuf. Equal requests give equal bytes.
 * @throws MonitorError `invalid` when an integer does not fit its field.
 */
export function encodeRequest<S extends Signal>(signal: S, request: Loose<OtlpRequest<S>>): Uint8Array {
  return encodeProtobuf(REQUESTS[signal], request as object);
}

/** Encodes a request that comes in parts. */
export interface RequestWriter<S extends Signal> {
  /** @throws MonitorError `invalid` when an integer does not fit its field. */
  add(part: Loose<OtlpRequest<S>>): void;
  /** All parts as one request, in memory of its own. Nothing can be added any more. */
  finish(): Uint8Array;
}

/** Begins a request in protobuf: parts that stand one behind the other are one that says all of it. */
export function createRequestWriter<S extends Signal>(signal: S): RequestWriter<S> {
  const writer = new ProtobufWriter();
  return {
    add: (part) => appendProtobuf(writer, REQUESTS[signal], part as object),
    finish: () => writer.finish(),
  };
}

/** Encodes an export request as OTLP/JSON. */
export function encodeRequestJson<S extends Signal>(signal: S, request: Loose<OtlpRequest<S>>): Uint8Array {
  return encodeJson(REQUESTS[signal], request as object);
}

/** Encodes the answer to an export request. Nothing rejected and nothing to say gives an empty message. */
export function encodeResponse(signal: Signal, result: PartialSuccess, encoding: OtlpEncoding): Uint8Array {
  const response =
    result.rejected === 0 && result.message === ''
      ? {}
      : {
          partialSuccess: {
            [REJECTED_COUNTS[signal]]: String(result.rejected),
            errorMessage: result.message,
          },
        };
  return encoding === 'json'
    ? encodeJson(RESPONSES[signal], response)
    : encodeProtobuf(RESPONSES[signal], response);
}

/**
 * Decodes the answer to an export request. An empty body is an empty message.
 * @throws MonitorError `invalid` when it is not one.
 */
export function decodeResponse(signal: Signal, body: Uint8Array, encoding: OtlpEncoding): PartialSuccess {
  if (body.length === 0) return { rejected: 0, message: '' };
  const response = decode(RESPONSES[signal], body, encoding, `OTLP ${signal} response`);
  const partial = response.partialSuccess as Plain | undefined;
  if (partial === undefined) return { rejected: 0, message: '' };
  return { rejected: Number(partial[REJECTED_COUNTS[signal]]), message: String(partial.errorMessage) };
}

/** Encodes the body of an error answer. `code` is a gRPC status code. */
export function encodeError(error: { code: number; message: string }, encoding: OtlpEncoding): Uint8Array {
  return encoding === 'json' ? encodeJson(RPC_STATUS, error) : encodeProtobuf(RPC_STATUS, error);
}

/** Decodes the body of an error answer. @throws MonitorError `invalid` when it is none. */
export function decodeError(body: Uint8Array, encoding: OtlpEncoding): { code: number; message: string } {
  const { code, message } = decode(RPC_STATUS, body, encoding, 'OTLP error');
  return { code: Number(code), message: String(message) };
}

function decode(message: Message, body: Uint8Array, encoding: OtlpEncoding, what: string): Plain {
  try {
    return encoding === 'json' ? decodeJson(message, body) : decodeProtobuf(message, body);
  } catch (error) {
    if (errorCode(error) === 'too_large') throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new MonitorError(
      'invalid',
      `Cannot decode ${what} (${encoding}, ${body.length} bytes): ${problem}`,
      {
        cause: error,
      },
    );
  }
}
