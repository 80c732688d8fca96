/**
 * A second implementation of OTLP to compare with: protobufjs' reflection over test/fixtures/otlp/otlp.proto.
 * Requests to try are generated from the same file, so that no field is forgotten.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import type { OtlpRequest } from '../../otel-bridge/otlp/types.ts';

const { root } = protobuf.parse(
  readFileSync(new URL('../fixtures/otlp/otlp.proto', import.meta.url), 'utf8'),
);
root.resolveAll();

const REQUEST_NAMES = {
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  traces: 'ExportTraceServiceRequest',
} as const;

/** The type of a message of the fixture. */
export function referenceType(name: string): protobuf.Type {
  return root.lookupType(`otlp.${name}`);
}

/** Encodes a request in the plain shape with protobufjs. */
export function referenceEncode(signal: Signal, request: unknown): Uint8Array {
  const type = referenceType(REQUEST_NAMES[signal]);
  return type.encode(type.fromObject(withBytes(type, request))).finish();
}

/** Decodes with protobufjs and encodes again, unpacked where the reader has a choice. */
export function referenceRecode(signal: Signal, body: Uint8Array): Uint8Array {
  const type = referenceType(REQUEST_NAMES[signal]);
  return type.encode(type.decode(body)).finish();
}

/** Any request of a signal in the plain shape. */
export function anyRequest<S extends Signal>(signal: S): fc.Arbitrary<OtlpRequest<S>> {
  return anyMessage(referenceType(REQUEST_NAMES[signal]), 0) as fc.Arbitrary<unknown> as fc.Arbitrary<
    OtlpRequest<S>
  >;
}

function isId(field: protobuf.Field): boolean {
  return field.type === 'bytes' && field.name.endsWith('Id');
}

/** Replaces hex and base64 by bytes, which is what `fromObject` wants. */
function withBytes(type: protobuf.Type, value: unknown): { [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]: [string, unknown]) => {
      const field = type.fields[name];
      if (field === undefined) throw new Error(`${type.name} has no field ${name}`);
      const convert = (one: unknown): unknown => {
        if (field.resolvedType instanceof protobuf.Type) return withBytes(field.resolvedType, one);
        return field.type === 'bytes' ? Buffer.from(String(one), isId(field) ? 'hex' : 'base64') : one;
      };
      return [name, field.repeated ? (item as unknown[]).map(convert) : convert(item)];
    }),
  );
}

const UINT64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const INT64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);

/** Values of a scalar; the default comes up often, since encoders leave it out. */
function anyScalar(field: protobuf.Field): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 60 });
    case 'bool':
      return fc.boolean();
    case 'uint32':
    case 'fixed32':
      return fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));
    case 'sint32':
    case 'int32':
      return fc.oneof(fc.constant(0), fc.integer());
    case 'double':
      return fc.oneof(fc.constant(0), fc.constant(-0), fc.double(), fc.integer());
    case 'int64':
    case 'sfixed64':
      return fc.oneof(fc.constant('0'), fc.constant('-1'), INT64);
    case 'uint64':
    case 'fixed64':
      return fc.oneof(fc.constant('0'), fc.constant('18446744073709551615'), UINT64);
    case 'bytes':
      return isId(field)
        ? fc.oneof(
            fc.constant(''),
            fc.uint8Array({ minLength: 8, maxLength: 16 }).map((id) => Buffer.from(id).toString('hex')),
          )
        : fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    default:
      throw new Error(`no arbitrary for ${field.type}`);
  }
}

function anyMessage(type: protobuf.Type, depth: number): fc.Arbitrary<object> {
  const always: { [name: string]: fc.Arbitrary<unknown> } = {};
  const maybe: { [name: string]: fc.Arbitrary<unknown> } = {};
  const oneofs = new Map<string, fc.Arbitrary<object>[]>();
  for (const field of type.fieldsArray) {
    field.resolve();
    const isMessage = field.resolvedType instanceof protobuf.Type;
    // AnyValue holds AnyValue; a few levels are enough.
    if (isMessage && depth > 9) {
      if (field.repeated) always[field.name] = fc.constant([]);
      continue;
    }
    const one = isMessage ? anyMessage(field.resolvedType as protobuf.Type, depth + 1) : anyScalar(field);
    const optional = field.options?.proto3_optional === true;
    if (field.repeated) always[field.name] = fc.array(one, { maxLength: depth < 4 ? 2 : 3 });
    else if (field.partOf !== null && !optional) {
      const members = oneofs.get(field.partOf.name) ?? [];
      oneofs.set(field.partOf.name, [...members, one.map((value) => ({ [field.name]: value }))]);
    } else if (isMessage || optional) maybe[field.name] = one;
    else always[field.name] = one;
  }
  const parts: fc.Arbitrary<object>[] = [
    fc.record(always),
    fc.record(maybe, { requiredKeys: [] }),
    ...[...oneofs.values()].map((members) => fc.oneof(fc.constant({}), ...members)),
  ];
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);
}
