import type { Reader } from 'protobufjs/minimal.js';
import { decimalFromHalves, halvesFromDecimal } from './integer64.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import type { ScalarKind } from './schema/message.ts';
import { TextReader } from './text-reader.ts';

/** Wire types of protobuf that OTLP uses. */
export const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** How one kind of scalar stands on the wire. */
export interface ProtobufScalar {
  readonly wireType: number;
  read(reader: Reader): unknown;
  /** @throws MonitorError `invalid` when an integer is not one. */
  write(writer: ProtobufWriter, value: unknown): void;
}

const texts = new TextReader();

/** A text with its length. @throws RangeError where it is cut off */
export function readText(reader: Reader): string {
  const length = reader.uint32();
  const start = reader.pos;
  const end = start + length;
  if (end > reader.len) throw new RangeError(`a text is out of range: it ends behind byte ${reader.len}`);
  reader.pos = end;
  // decode-protobuf.ts reads from a Buffer.
  return texts.read(reader.buf as Buffer, start, end);
}

/** Reads eight bytes without protobufjs' Long, which a bundler may leave out and which would lose digits then. */
function readFixed64(reader: Reader, signed: boolean): string {
  const low = reader.fixed32();
  return decimalFromHalves(low, reader.fixed32(), signed);
}

function writeFixed64(writer: ProtobufWriter, value: unknown, signed: boolean): void {
  const { low, high } = halvesFromDecimal(String(value), signed);
  writer.fixed32(low);
  writer.fixed32(high);
}

/** A 64-bit varint in decimal: ten groups of seven bits, low groups first. @throws RangeError where it does not end */
export function readVarint64(reader: Reader, signed: boolean): string {
  const { buf } = reader;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (reader.pos >= reader.len) throw new RangeError('a varint is cut off');
    const byte = buf[reader.pos++] ?? 0;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) return decimalFromHalves(low >>> 0, high >>> 0, signed);
  }
  throw new RangeError('a varint is longer than 10 bytes');
}

function writeVarint64(writer: ProtobufWriter, value: unknown, signed: boolean): void {
  writer.varint64(halvesFromDecimal(String(value), signed));
}

/** Scalars by kind. */
export const PROTOBUF_SCALARS: Readonly<Record<ScalarKind, ProtobufScalar>> = {
  string: {
    wireType: WIRE_TYPE.lengthDelimited,
    read: readText,
    // A lone surrogate has no UTF-8; written as it is, it would make the receiver refuse the request.
    write: (writer, value) => writer.string(String(value).toWellFormed()),
  },
  bool: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => reader.bool(),
    write: (writer, value) => writer.bool(value === true),
  },
  uint32: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => reader.uint32(),
    write: (writer, value) => writer.uint32(Number(value)),
  },
  sint32: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => reader.sint32(),
    write: (writer, value) => writer.sint32(Number(value)),
  },
  fixed32: {
    wireType: WIRE_TYPE.fixed32,
    read: (reader) => reader.fixed32(),
    write: (writer, value) => writer.fixed32(Number(value)),
  },
  enum: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => reader.int32(),
    write: (writer, value) => writer.int32(Number(value)),
  },
  double: {
    wireType: WIRE_TYPE.fixed64,
    read: (reader) => reader.double(),
    write: (writer, value) => writer.double(Number(value)),
  },
  int64: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => readVarint64(reader, true),
    write: (writer, value) => writeVarint64(writer, value, true),
  },
  uint64: {
    wireType: WIRE_TYPE.varint,
    read: (reader) => readVarint64(reader, false),
    write: (writer, value) => writeVarint64(writer, value, false),
  },
  fixed64: {
    wireType: WIRE_TYPE.fixed64,
    read: (reader) => readFixed64(reader, false),
    write: (writer, value) => writeFixed64(writer, value, false),
  },
  sfixed64: {
    wireType: WIRE_TYPE.fixed64,
    read: (reader) => readFixed64(reader, true),
    write: (writer, value) => writeFixed64(writer, value, true),
  },
  bytes: {
    wireType: WIRE_TYPE.lengthDelimited,
    read: (reader) => Buffer.from(reader.bytes()).toString('base64'),
    write: (writer, value) => writer.bytes(Buffer.from(String(value), 'base64')),
  },
  id: {
    wireType: WIRE_TYPE.lengthDelimited,
    read: (reader) => readHex(reader),
    write: (writer, value) => writer.bytes(Buffer.from(String(value), 'hex')),
  },
};

function readHex(reader: Reader): string {
  const bytes = reader.bytes();
  return (bytes instanceof Buffer ? bytes : Buffer.from(bytes)).toString('hex');
}
