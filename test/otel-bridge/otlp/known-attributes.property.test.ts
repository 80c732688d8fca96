import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRequest, encodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import { wireOf } from '../../../otel-bridge/otlp/known-attributes.ts';
import type { KeyValue } from '../../../otel-bridge/otlp/types.ts';
import { createRedactor } from '../../../otel-bridge/privacy/redactor.ts';

/** A field of protobuf that has a length of one byte. */
const field = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(tag, content.length), content]);
const bytesOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  text.map((any) => Buffer.from(any.toWellFormed()).subarray(0, 30));

const key = fc.oneof(
  fc
    .constantFrom('model', 'input_tokens', 'user.email', 'api_key', 'prompt', '')
    .map((text) => Buffer.from(text)),
  bytesOf(fc.string({ maxLength: 10 })),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);
/** Values as senders write them, and as only somebody would who means harm: not UTF-8, with zeros in front, with more fields. */
const value = fc.oneof(
  bytesOf(fc.string({ maxLength: 20 })).map((text) => field(0x0a, text)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => field(0x0a, bytes)),
  fc
    .constantFrom([0x10, 0], [0x10, 1], [0x10, 0x81, 0x00], [0x18, 5], [0x18, 0x85, 0x80, 0x00])
    .map(Buffer.from),
  fc.double().map((number) => {
    const bytes = Buffer.alloc(9, 0x21);
    bytes.writeDoubleLE(number, 1);
    return bytes;
  }),
  fc.constant(Buffer.alloc(0)),
  fc.constant(Buffer.concat([field(0x0a, Buffer.from('first')), field(0x0a, Buffer.from('last'))])),
);
const UNKNOWN = field(0x7a, Buffer.from('unknown-canary'));
const attribute = fc
  .record({ key, value, more: fc.constantFrom('none', 'none', 'in value', 'behind', 'before') })
  .map(({ key: name, value: content, more }) =>
    Buffer.concat([
      more === 'before' ? UNKNOWN : Buffer.alloc(0),
      field(0x0a, name),
      field(0x12, more === 'in value' ? Buffer.concat([content, UNKNOWN]) : content),
      more === 'behind' ? UNKNOWN : Buffer.alloc(0),
    ]),
  );

/** A request of one record with these attributes, whose length is written in two bytes. */
function request(attributes: readonly Buffer[]): Buffer {
  const within = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.of(tag, (content.length & 0x7f) | 0x80, content.length >> 7), content]);
  const record = Buffer.concat(attributes.map((message) => field(0x32, message)));
  return within(0x0a, within(0x12, within(0x12, record)));
}

const attributesOf = (body: Buffer): KeyValue[] =>
  decodeRequest('logs', body, 'protobuf').resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.attributes ?? [];

it('reads and writes attributes that come again as it did the first time', () => {
  let known = 0;
  fc.assert(
    fc.property(fc.array(attribute, { minLength: 1, maxLength: 8 }), (attributes) => {
      const body = request(attributes);
      // What is remembered of the other attributes of this file must not show either.
      const [first, , third] = [1, 2, 3].map(() => decodeRequest('logs', body, 'protobuf'));
      const plain = structuredClone(first);
      expect(third).toStrictEqual(plain);
      known += attributesOf(body).filter((one) => wireOf(one) !== undefined).length;
      const written = Buffer.from(encodeRequest('logs', third ?? { resourceLogs: [] }));
      // The bytes may be those of the sender; what they say is the same, and nothing is in them that was not read.
      expect(decodeRequest('logs', written, 'protobuf')).toStrictEqual(plain);
      expect(written.includes('unknown-canary')).toBe(false);
      // A text that is no UTF-8 must not leave as it came: stores refuse the whole request.
      for (const { key, value } of attributesOf(body)) {
        const read = [key, value?.stringValue ?? ''].map((text) => Buffer.from(text));
        expect(read.every((text) => written.includes(text))).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
  expect(known).toBeGreaterThan(500);
});

it('redacts attributes that come again as it did the first time, whatever became of them elsewhere', () => {
  const privacy = {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: false,
    redact: ['defaults'],
  };
  const redactor = createRedactor(privacy, false);
  const names = [
    'model',
    'input',
    'output',
    'error',
    'message',
    'user.email',
    'api_key',
    'prompt',
    'command',
  ];
  const texts = [
    'canary@example.com',
    'sk-ant-api03-canaryZq8Yw3Lk2Jh5',
    'plain',
    '42',
    '{"password":"canary"}',
  ];
  const any = fc.record({ name: fc.constantFrom(...names), text: fc.constantFrom(...texts) });
  const events = ['api_request', 'tool_result', 'user_prompt', 'assistant_response', 'gemini_cli.tool_call'];
  fc.assert(
    fc.property(fc.constantFrom(...events), fc.array(any, { maxLength: 6 }), (event, list) => {
      const attributes = [{ name: 'event.name', text: event }, ...list].map(({ name, text }) =>
        Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, field(0x0a, Buffer.from(text)))]),
      );
      const redacted = [1, 2, 3, 4].map(() =>
        redactor.otlp('logs', decodeRequest('logs', request(attributes), 'protobuf')),
      );
      // A redactor that knows nothing yet, and attributes that it cannot know.
      const fresh = structuredClone(decodeRequest('logs', request(attributes), 'protobuf'));
      const expected = createRedactor(privacy, false).otlp('logs', fresh);
      for (const one of redacted) {
        expect(one).toStrictEqual(expected);
        const written = Buffer.from(encodeRequest('logs', one));
        expect(written.equals(encodeRequest('logs', expected))).toBe(true);
        expect(written.includes('canary')).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});
