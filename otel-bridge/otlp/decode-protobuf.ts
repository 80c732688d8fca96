import type { Reader } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { MAX_BODY_VALUES, tooManyValues } from '../domain/value-limit.ts';
import { PROTOBUF_SCALARS, readText, readVarint64, WIRE_TYPE } from './protobuf-scalars.ts';
import { KEY_VALUE, KEY_VALUE_TAGS as TAGS } from './schema/common.ts';
import { clearOneof, type Field, type Message, type Plain } from './schema/message.ts';

/** Nesting that protobuf implementations agree to accept; deeper input is an attack on the stack. */
const MAX_DEPTH = 100;

/** What is decoded so far. */
interface Progress {
  readonly reader: Reader;
  /** Messages and list elements that may still come. */
  valuesLeft: number;
}

/**
 * Bytes -> plain shape. Unknown fields are passed over.
 *
 * Walks the schema with protobufjs' reader. protobufjs' own reflection would need `eval`, Long objects for each
 * 64-bit integer and a second pass that turns ids into hex; this is faster than that and loses nothing.
 * @throws Error (of any kind) when the bytes are not such a message; MonitorError `too_large` when it holds too much.
 */
export function decodeProtobuf(message: Message, body: Uint8Array): Plain {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const progress: Progress = { reader: protobuf.Reader.create(buffer), valuesLeft: MAX_BODY_VALUES };
  return readMessage(progress, message, buffer.length, 0);
}

function readMessage(progress: Progress, message: Message, end: number, depth: number): Plain {
  const { reader } = progress;
  const outerEnd = reader.len;
  if (end > outerEnd) throw new RangeError(`${message.name} is cut off at byte ${outerEnd}`);
  if (depth > MAX_DEPTH) throw new RangeError(`${message.name} is nested deeper than ${MAX_DEPTH} levels`);
  spend(progress);
  // No field inside may read beyond its message.
  reader.len = end;
  const plain = message.empty();
  while (reader.pos < end) {
    const tag = reader.tag();
    const field = message.byId[tag >>> 3];
    if (field === undefined) reader.skipType(tag & 7, depth, tag >>> 3);
    else readField(progress, message, field, tag & 7, plain, depth);
  }
  reader.len = outerEnd;
  return plain;
}

/**
 * Attributes are most of a request: a key and a plain value, in this order and nothing else, are read without walking
 * along the schema. @returns undefined, with nothing read, where it is written in another way
 */
function readKeyValue(progress: Progress, end: number, depth: number): Plain | undefined {
  const { reader } = progress;
  const { pos: start, len: outerEnd } = reader;
  if (end > outerEnd || depth >= MAX_DEPTH) return undefined;
  reader.len = end;
  const keyValue = readPlainValue(reader, end);
  reader.len = outerEnd;
  if (keyValue === undefined || reader.pos !== end) {
    reader.pos = start;
    return undefined;
  }
  spend(progress);
  spend(progress);
  return keyValue;
}

function readPlainValue(reader: Reader, end: number): Plain | undefined {
  const { buf } = reader;
  if (reader.pos >= end || buf[reader.pos] !== TAGS.key) return undefined;
  reader.pos += 1;
  const key = readText(reader);
  if (reader.pos >= end || buf[reader.pos] !== TAGS.value) return undefined;
  reader.pos += 1;
  const length = reader.uint32();
  if (length < 2 || reader.pos + length !== end) return undefined;
  const tag = buf[reader.pos];
  reader.pos += 1;
  if (tag === TAGS.stringValue) return { key, value: { stringValue: readText(reader) } };
  if (tag === TAGS.intValue) return { key, value: { intValue: readVarint64(reader, true) } };
  return undefined;
}

function readField(
  progress: Progress,
  message: Message,
  field: Field,
  wireType: number,
  plain: Plain,
  depth: number,
): void {
  const { reader } = progress;
  if (field.kind === 'message') {
    if (wireType !== WIRE_TYPE.lengthDelimited) throw wrongWireType(message, field, wireType);
    const length = reader.uint32();
    const inner = field.message();
    const end = reader.pos + length;
    const value =
      (inner === KEY_VALUE ? readKeyValue(progress, end, depth + 1) : undefined) ??
      readMessage(progress, inner, end, depth + 1);
    store(message, field, plain, value);
    return;
  }
  const scalar = PROTOBUF_SCALARS[field.kind];
  if (wireType === scalar.wireType) {
    if (field.presence === 'repeated') spend(progress);
    store(message, field, plain, scalar.read(reader));
  } else if (wireType === WIRE_TYPE.lengthDelimited && field.presence === 'repeated') {
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len)
      throw new RangeError(`${message.name}.${field.name} is cut off at byte ${reader.len}`);
    while (reader.pos < end) {
      spend(progress);
      store(message, field, plain, scalar.read(reader));
    }
  } else throw wrongWireType(message, field, wireType);
}

/** Counts a value. @throws MonitorError `too_large` */
function spend(progress: Progress): void {
  progress.valuesLeft -= 1;
  if (progress.valuesLeft < 0) throw tooManyValues();
}

function store(message: Message, field: Field, plain: Plain, value: unknown): void {
  if (field.presence === 'repeated') {
    (plain[field.name] as unknown[]).push(value);
    return;
  }
  if (field.oneof !== undefined) clearOneof(message, field.oneof, plain);
  plain[field.name] = value;
}

function wrongWireType(message: Message, field: Field, wireType: number): TypeError {
  return new TypeError(`${message.name}.${field.name} has wire type ${wireType}`);
}
