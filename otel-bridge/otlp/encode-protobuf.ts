import { halvesFromDecimal } from './integer64.ts';
import { wireOf } from './known-attributes.ts';
import { PROTOBUF_SCALARS, type ProtobufScalar, WIRE_TYPE } from './protobuf-scalars.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { KEY_VALUE, KEY_VALUE_TAGS as TAGS } from './schema/common.ts';
import { type Message, type Plain, SCALAR_DEFAULTS, type ScalarFieldSpec } from './schema/message.ts';
import type { AnyValue, KeyValue } from './types.ts';

/**
 * Plain shape -> bytes. Fields that are absent or at their default are left out, the others are written in the order
 * of the schema, so equal values give equal bytes.
 * @throws MonitorError `invalid` when an integer does not fit its field.
 */
export function encodeProtobuf(message: Message, plain: object): Uint8Array {
  const writer = new ProtobufWriter();
  appendProtobuf(writer, message, plain);
  return writer.finish();
}

/** The same behind what was written before. */
export function appendProtobuf(writer: ProtobufWriter, message: Message, plain: object): void {
  writeMessage(writer, message, plain as Plain);
}

function writeMessage(writer: ProtobufWriter, message: Message, plain: Plain): void {
  for (const field of message.fields) {
    const value = plain[field.name];
    if (value === undefined) continue;
    if (field.kind !== 'message') writeScalars(writer, field, value);
    else {
      const nested = field.presence === 'repeated' ? (value as Plain[]) : [value as Plain];
      for (const item of nested) {
        writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited);
        const inner = field.message();
        const wire = inner === KEY_VALUE ? wireOf(item as unknown as KeyValue) : undefined;
        if (wire !== undefined) {
          writer.wire(wire);
          continue;
        }
        const beginning = writer.begin();
        if (inner === KEY_VALUE) writeKeyValue(writer, item);
        else writeMessage(writer, inner, item);
        writer.end(beginning);
      }
    }
  }
}

/** Attributes are most of a request: those with a plain value are written without walking along the schema. */
function writeKeyValue(writer: ProtobufWriter, keyValue: Plain): void {
  const { key, value } = keyValue as { key?: string; value?: AnyValue };
  const text = value?.stringValue;
  const integer = value?.intValue;
  if (key === undefined || (text === undefined && integer === undefined)) {
    writeMessage(writer, KEY_VALUE, keyValue);
    return;
  }
  if (key !== '') {
    writer.uint32(TAGS.key);
    writer.string(key.toWellFormed());
  }
  writer.uint32(TAGS.value);
  const beginning = writer.begin();
  if (text !== undefined) {
    writer.uint32(TAGS.stringValue);
    writer.string(text.toWellFormed());
  } else {
    writer.uint32(TAGS.intValue);
    writer.varint64(halvesFromDecimal(String(integer), true));
  }
  writer.end(beginning);
}

function writeScalars(writer: ProtobufWriter, field: ScalarFieldSpec, value: unknown): void {
  const scalar = PROTOBUF_SCALARS[field.kind];
  if (field.presence === 'repeated') writeList(writer, field, scalar, value as unknown[]);
  // Object.is: minus zero is not the default.
  else if (field.presence === 'explicit' || !Object.is(value, SCALAR_DEFAULTS[field.kind])) {
    writer.uint32((field.id << 3) | scalar.wireType);
    scalar.write(writer, value);
  }
}

function writeList(
  writer: ProtobufWriter,
  field: ScalarFieldSpec,
  scalar: ProtobufScalar,
  values: unknown[],
): void {
  if (values.length === 0) return;
  if (scalar.wireType === WIRE_TYPE.lengthDelimited) {
    for (const value of values) {
      writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited);
      scalar.write(writer, value);
    }
    return;
  }
  writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited);
  const beginning = writer.begin();
  for (const value of values) scalar.write(writer, value);
  writer.end(beginning);
}
