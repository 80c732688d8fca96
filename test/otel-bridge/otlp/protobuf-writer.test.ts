import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { expect, it } from 'vitest';
import { ProtobufWriter } from '../../../otel-bridge/otlp/protobuf-writer.ts';

type Value =
  | { readonly kind: 'uint32' | 'int32' | 'sint32' | 'fixed32' | 'double'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'varint64'; readonly value: bigint }
  | { readonly kind: 'nested'; readonly value: readonly Value[] };

/** Texts on both sides of every limit: short and long, of ASCII and not. */
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.integer({ min: 0, max: 9000 }).map((length) => 'é'.repeat(length)),
);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('uint32' as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
    fc.record({ kind: fc.constantFrom('int32' as const, 'sint32' as const), value: fc.integer() }),
    fc.record({ kind: fc.constant('fixed32' as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
    fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
    fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
    fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ kind: fc.constant('varint64' as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
    fc.record({ kind: fc.constant('nested' as const), value: fc.array(tie('value'), { maxLength: 12 }) }),
  ),
}));

function write(writer: ProtobufWriter, of: Value): void {
  switch (of.kind) {
    case 'nested': {
      const beginning = writer.begin();
      for (const inner of of.value) write(writer, inner);
      writer.end(beginning);
      return;
    }
    case 'varint64':
      writer.varint64({ low: Number(of.value & 0xffffffffn), high: Number(of.value >> 32n) });
      return;
    case 'string':
      writer.string(of.value);
      return;
    case 'bytes':
      writer.bytes(of.value);
      return;
    case 'bool':
      writer.bool(of.value);
      return;
    default:
      writer[of.kind](of.value);
  }
}

function writeWithProtobufjs(writer: protobuf.Writer, of: Value): void {
  switch (of.kind) {
    case 'nested':
      writer.fork();
      for (const inner of of.value) writeWithProtobufjs(writer, inner);
      writer.ldelim();
      return;
    case 'varint64':
      writer.uint64({
        low: Number(of.value & 0xffffffffn),
        high: Number(of.value >> 32n),
        unsigned: true,
      });
      return;
    case 'string':
      writer.string(of.value);
      return;
    case 'bytes':
      writer.bytes(of.value);
      return;
    case 'bool':
      writer.bool(of.value);
      return;
    default:
      writer[of.kind](of.value);
  }
}

it('writes the same bytes as protobufjs, whatever is written', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (values) => {
      const ours = new ProtobufWriter();
      const theirs = protobuf.Writer.create();
      for (const one of values) {
        write(ours, one);
        writeWithProtobufjs(theirs, one);
      }
      expect(Buffer.from(ours.finish()).toString('hex')).toBe(Buffer.from(theirs.finish()).toString('hex'));
    }),
    { numRuns: 500 },
  );
});
