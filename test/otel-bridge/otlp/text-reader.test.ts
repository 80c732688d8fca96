import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextReader } from '../../../otel-bridge/otlp/text-reader.ts';

it('reads what a buffer holds, however often and in whatever company', () => {
  const reader = new TextReader();
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(49), { maxLength: 100 }), (known, order) => {
      for (const index of order) {
        const text = (known[index % known.length] ?? '').toWellFormed();
        const buffer = Buffer.from(`ab${text}cd`);
        expect(reader.read(buffer, 2, buffer.length - 2)).toBe(text);
        // What was read stays what it is when the buffer is used again.
        buffer.fill(0);
        expect(reader.read(Buffer.from(text), 0, Buffer.byteLength(text))).toBe(text);
      }
    }),
  );
});

it('reads bytes that are no UTF-8 as buffers do', () => {
  const reader = new TextReader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(reader.read(buffer, 0, buffer.length)).toBe(buffer.toString('utf8'));
      expect(reader.read(buffer, 0, buffer.length)).toBe(buffer.toString('utf8'));
    }),
  );
});
