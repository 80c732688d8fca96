import { takeOrigin } from '../../domain/envelope.ts';
import type {
  AgentEvent,
  Correlation,
  EventSource,
  JsonObject,
  Origin,
  TokenClaims,
} from '../../domain/event.ts';
import { decodeTimestamp } from './decode-timestamp.ts';

/** Why an envelope was not taken. */
export type RejectionCode =
  | 'not_json'
  | 'not_an_object'
  | 'too_many_values'
  | 'wrong_schema'
  | 'no_event'
  | 'no_id'
  | 'no_type'
  | 'bad_ts';

/** An envelope that was not taken. */
export interface Rejection {
  /** Its event id, where it has one. */
  readonly id: string | null;
  readonly code: RejectionCode;
  /** What was found and what is wanted. */
  readonly message: string;
}

/** What became of an envelope. */
export type DecodedEnvelope =
  | { readonly event: AgentEvent; readonly rejection?: undefined }
  | { readonly event?: undefined; readonly rejection: Rejection };

const SCHEMA_NAME = 'agentmon.event';
const SCHEMA_VERSION = 1;

/** Ids and types are names, not documents. */
const MAX_NAME_LENGTH = 1024;
const A_NAME = `a text of 1 to ${MAX_NAME_LENGTH} characters`;

/**
 * An agentmon envelope, version 1 -> an event.
 *
 * Lenient where the meaning is clear: absent fields and nulls are the same, numbers may be ids, unknown types and
 * fields are fine, a payload that is no object is kept under `value`. Strict where the meaning would be lost.
 * Written by hand rather than with a schema library: this is the hot path, and every refusal has its own sentence.
 */
export function decodeEnvelope(
  value: unknown,
  from: { readonly origin: Origin; readonly claims?: TokenClaims | undefined },
): DecodedEnvelope {
  if (!isObject(value))
    return reject(null, 'not_an_object', `found ${describe(value)}, expected an envelope`);
  const head = isObject(value.event) ? value.event : {};
  const id = name(head.id);

  const schema = isObject(value.schema) ? value.schema : {};
  if (schema.name !== SCHEMA_NAME || Number(schema.version) !== SCHEMA_VERSION) {
    const found = isObject(value.schema)
      ? `${describe(schema.name)} version ${describe(schema.version)}`
      : describe(value.schema);
    return reject(
      id,
      'wrong_schema',
      `schema: found ${found}, expected "${SCHEMA_NAME}" version ${SCHEMA_VERSION}`,
    );
  }
  if (!isObject(value.event)) {
    return reject(id, 'no_event', `event: found ${describe(value.event)}, expected an object`);
  }
  if (id === null) return reject(id, 'no_id', `event.id: found ${describe(head.id)}, expected ${A_NAME}`);
  const type = name(head.type);
  if (type === null)
    return reject(id, 'no_type', `event.type: found ${describe(head.type)}, expected ${A_NAME}`);
  const timestamp = decodeTimestamp(head.ts);
  if (typeof timestamp === 'string') return reject(id, 'bad_ts', `event.ts: ${timestamp}`);

  const seq = integer(head.seq);
  return {
    event: {
      id,
      type,
      tsMs: timestamp.tsMs,
      tsNanos: timestamp.tsNanos,
      ...(seq === undefined ? {} : { seq }),
      source: source(head.source),
      correlation: correlation(value.correlation),
      ...takeOrigin(content(value.attributes), from.origin),
      payload: content(value.payload),
      ...(from.claims === undefined ? {} : { claims: from.claims }),
    },
  };
}

function source(value: unknown): EventSource {
  const fields = isObject(value) ? value : { framework: value };
  return {
    framework: name(fields.framework) ?? 'unknown',
    clientId: name(fields.client_id) ?? undefined,
    host: name(fields.host) ?? undefined,
  };
}

function correlation(value: unknown): Correlation {
  const fields = isObject(value) ? value : {};
  return {
    sessionId: name(fields.session_id) ?? undefined,
    runId: name(fields.run_id) ?? undefined,
    spanId: name(fields.span_id) ?? undefined,
    parentSpanId: name(fields.parent_span_id) ?? undefined,
    traceId: name(fields.trace_id) ?? undefined,
  };
}

function content(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  return isObject(value) ? value : { value };
}

/** An id or a name: a text that is not empty, or a number. */
function name(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_NAME_LENGTH) return null;
  return value.toWellFormed();
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reject(id: string | null, code: RejectionCode, message: string): DecodedEnvelope {
  return { rejection: { id, code, message } };
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string' && value.length > 60) return `a text of ${value.length} characters`;
  return JSON.stringify(value);
}
