import { scalarToJson } from './json-scalars.ts';
import { type Field, type Message, type Plain, SCALAR_DEFAULTS } from './schema/message.ts';

/** Plain shape -> OTLP/JSON. Fields that are absent or at their default are left out. */
export function encodeJson(message: Message, plain: object): Uint8Array {
  return Buffer.from(JSON.stringify(fromMessage(message, plain as Plain)));
}

function fromMessage(message: Message, plain: Plain): Plain {
  const json: Plain = {};
  for (const field of message.fields) {
    const value = plain[field.name];
    if (value === undefined || isDefault(field, value)) continue;
    json[field.name] =
      field.presence === 'repeated'
        ? (value as unknown[]).map((item) => fromValue(field, item))
        : fromValue(field, value);
  }
  return json;
}

function isDefault(field: Field, value: unknown): boolean {
  if (field.presence === 'repeated') return (value as unknown[]).length === 0;
  if (field.presence === 'explicit' || field.kind === 'message') return false;
  return Object.is(value, SCALAR_DEFAULTS[field.kind]);
}

function fromValue(field: Field, value: unknown): unknown {
  return field.kind === 'message' ? fromMessage(field.message(), value as Plain) : scalarToJson(field, value);
}
