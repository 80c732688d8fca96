import { MonitorError } from '../domain/error.ts';
import { canonicalDecimal } from './integer64.ts';
import { quoteShort } from './quote-short.ts';
import type { ScalarFieldSpec } from './schema/message.ts';

const HEX = /^(?:[0-9a-f]{2})*$/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Lengths of base64 that decodes to the 16 bytes of a trace id or the 8 of a span id; hex never has them. */
const BASE64_ID = /^(?:[A-Za-z0-9+/_-]{22}==|[A-Za-z0-9+/_-]{11}=)$/;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const UINT32_MAX = 0xffffffff;
const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

/**
 * A scalar of JSON -> plain shape. Accepts what senders really write: numbers for strings and strings for numbers,
 * enums by name or number, ids in hex or base64.
 * @throws MonitorError `invalid`, its message only says what was found and what is wanted.
 */
export function scalarFromJson(field: ScalarFieldSpec, value: unknown): unknown {
  switch (field.kind) {
    case 'string':
      return text(value);
    case 'bool':
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      throw unexpected(value, 'true or false');
    case 'double':
      return double(value);
    case 'uint32':
    case 'fixed32':
      return integer(value, 0, UINT32_MAX);
    case 'sint32':
      return integer(value, INT32_MIN, INT32_MAX);
    case 'enum':
      return enumeration(field.names ?? [], value);
    case 'int64':
    case 'sfixed64':
      return integer64(value, true);
    case 'uint64':
    case 'fixed64':
      return integer64(value, false);
    case 'bytes':
      return base64(value);
    case 'id':
      return id(value);
  }
}

/** A scalar of the plain shape -> JSON as the OTLP specification writes it. */
export function scalarToJson(field: ScalarFieldSpec, value: unknown): unknown {
  if (field.kind !== 'double') return value;
  const number = Number(value);
  if (Object.is(number, -0)) return '-0';
  return Number.isFinite(number) ? number : String(number);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unexpected(value, 'a string');
}

function double(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  throw unexpected(value, 'a number');
}

function integer(value: unknown, min: number, max: number): number {
  const number = double(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number === 0 ? 0 : number;
  throw unexpected(value, `an integer from ${min} to ${max}`);
}

function enumeration(names: readonly string[], value: unknown): number {
  if (typeof value !== 'string' || NUMBER.test(value)) return integer(value, INT32_MIN, INT32_MAX);
  const number = names.indexOf(value);
  if (number >= 0) return number;
  throw unexpected(value, `one of ${names.slice(0, 3).join(', ')}, ...`);
}

function integer64(value: unknown, signed: boolean): string {
  if (typeof value === 'string') return canonicalDecimal(value, signed);
  if (typeof value === 'number' && Number.isInteger(value)) {
    return canonicalDecimal(BigInt(value).toString(), signed);
  }
  throw unexpected(value, 'a 64-bit integer in decimal');
}

function base64(value: unknown): string {
  if (typeof value !== 'string' || !BASE64.test(value)) throw unexpected(value, 'base64');
  return Buffer.from(value, 'base64').toString('base64');
}

function id(value: unknown): string {
  if (typeof value === 'string' && HEX.test(value)) return value.toLowerCase();
  if (typeof value === 'string' && BASE64_ID.test(value)) return Buffer.from(value, 'base64').toString('hex');
  throw unexpected(value, 'an id in hex');
}

function unexpected(value: unknown, wanted: string): MonitorError {
  return new MonitorError('invalid', `found ${quoteShort(value)}, expected ${wanted}`);
}
