import type { Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { PROTOBUF_SCALARS, type ProtobufScalar, WIRE_TYPE } from './protobuf-scalars.ts';
import { type Message, type Plain, SCALAR_DEFAULTS, type ScalarFieldSpec } from './schema/message.ts';

/**
 * Plain shape -> bytes. Fields that are absent or at their default are left out, the others are written in the order
 * of the schema, so equal values give equal bytes.
 * @throws MonitorError `invalid` when an integer does not fit its field.
 */
export function encodeProtobuf(message: Message, plain: object): Uint8Array {
  const writer = protobuf.Writer.create();
  writeMessage(writer, message, plain as Plain);
  return writer.finish();
}

function writeMessage(writer: Writer, message: Message, plain: Plain): void {
  for (const field of message.fields) {
    const value = plain[field.name];
    if (value === undefined) continue;
    if (field.kind !== 'message') writeScalars(writer, field, value);
    else {
      const nested = field.presence === 'repeated' ? (value as Plain[]) : [value as Plain];
      for (const item of nested) {
        writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited).fork();
        writeMessage(writer, field.message(), item);
        writer.ldelim();
      }
    }
  }
}

function writeScalars(writer: Writer, field: ScalarFieldSpec, value: unknown): void {
  const scalar = PROTOBUF_SCALARS[field.kind];
  if (field.presence === 'repeated') writeList(writer, field, scalar, value as unknown[]);
  // Object.is: minus zero is not the default.
  else if (field.presence === 'explicit' || !Object.is(value, SCALAR_DEFAULTS[field.kind])) {
    writer.uint32((field.id << 3) | scalar.wireType);
    scalar.write(writer, value);
  }
}

function writeList(writer: Writer, field: ScalarFieldSpec, scalar: ProtobufScalar, values: unknown[]): void {
  if (values.length === 0) return;
  if (scalar.wireType === WIRE_TYPE.lengthDelimited) {
    for (const value of values) {
      writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited);
      scalar.write(writer, value);
    }
    return;
  }
  writer.uint32((field.id << 3) | WIRE_TYPE.lengthDelimited).fork();
  for (const value of values) scalar.write(writer, value);
  writer.ldelim();
}
