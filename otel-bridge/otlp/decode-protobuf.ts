import type { Reader } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { MAX_BODY_VALUES, tooManyValues } from '../domain/value-limit.ts';
import { AttributeMemory } from './known-attributes.ts';
import { PROTOBUF_SCALARS, readText, readVarint64, WIRE_TYPE } from './protobuf-scalars.ts';
import { KEY_VALUE, KEY_VALUE_TAGS as TAGS } from './schema/common.ts';
import { clearOneof, type Field, type Message, type Plain } from './schema/message.ts';
import type { AnyValue, KeyValue } from './types.ts';

/** Nesting that protobuf implementations agree to accept; deeper input is an attack on the stack. */
const MAX_DEPTH = 100;

/** Of all requests: they come from the same agents. */
const attributes = new AttributeMemory();

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
function readKeyValue(progress: Progress, end: number, depth: number): KeyValue | undefined {
  const { reader } = progress;
  const { pos: start, len: outerEnd } = reader;
  if (end > outerEnd || depth >= MAX_DEPTH) return undefined;
  // decodeProtobuf() reads from a Buffer.
  const buffer = reader.buf as Buffer;
  const known = attributes.find(buffer, start, end);
  if (known !== undefined) {
    reader.pos = end;
    spend(progress);
    spend(progress);
    return known;
  }
  reader.len = end;
  const keyValue = readPlainValue(reader, end);
  reader.len = outerEnd;
  if (keyValue === undefined || reader.pos !== end) {
    reader.pos = start;
    return undefined;
  }
  spend(progress);
  spend(progress);
  return attributes.keep(keyValue, buffer, start, end);
}

function readPlainValue(
  reader: Reader,
  end: number,
): { readonly key: string; readonly value: AnyValue } | undefined {
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
  switch (tag) {
    case TAGS.stringValue:
      return { key, value: { stringValue: readText(reader) } };
    case TAGS.intValue:
      return { key, value: { intValue: readVarint64(reader, true) } };
    case TAGS.boolValue:
      return { key, value: { boolValue: reader.bool() } };
    case TAGS.doubleValue:
      return { key, value: { doubleValue: reader.double() } };
    default:
      return undefined;
  }
}

/** Attributes stand one behind the other: all that follow are read at once. The tag of the first, one byte, is behind. */
function readKeyValues(progress: Progress, field: Field, list: KeyValue[], depth: number): void {
  const { reader } = progress;
  const tag = (field.id << 3) | WIRE_TYPE.lengthDelimited;
  for (;;) {
    const length = reader.uint32();
    const end = reader.pos + length;
    const plain = readKeyValue(progress, end, depth);
    list.push(plain ?? (readMessage(progress, KEY_VALUE, end, depth) as unknown as KeyValue));
    if (tag > 0x7f || reader.pos >= reader.len || reader.buf[reader.pos] !== tag) return;
    reader.pos += 1;
  }
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
    const inner = field.message();
    if (inner === KEY_VALUE && field.presence === 'repeated') {
      readKeyValues(progress, field, plain[field.name] as KeyValue[], depth + 1);
      return;
    }
    const length = reader.uint32();
    store(message, field, plain, readMessage(progress, inner, reader.pos + length, depth + 1));
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
