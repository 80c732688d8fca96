import { ReadableStream } from 'node:stream/web';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CliError } from '../../../cli/errors.ts';
import { type EventLine, readEventLines } from '../../../cli/events/read-event-lines.ts';

/** Reads a text that comes in chunks of so many bytes. */
async function read(text: string, chunkBytes = 65_536): Promise<EventLine[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const lines: EventLine[] = [];
  for await (const line of readEventLines(chunks())) lines.push(line);
  return lines;
}

const valuesOf = async (text: string): Promise<unknown[]> =>
  (await read(text)).map(({ text: line }) => JSON.parse(line));

describe('readEventLines()', () => {
  test('gives lines with their numbers, also those that are not JSON', async () => {
    expect(await read('{"a":1}\r\n\n{broken\n[2]')).toEqual([
      { number: 1, text: '{"a":1}' },
      { number: 3, text: '{broken' },
      { number: 4, text: '[2]' },
    ]);
  });

  test.each([
    ['an array', JSON.stringify([{ a: 1 }, { b: 2 }])],
    ['an array over many lines', JSON.stringify([{ a: 1 }, { b: 2 }], null, 2)],
    ['an answer of the query API', JSON.stringify({ events: [{ a: 1 }, { b: 2 }] })],
    ['the same over many lines', JSON.stringify({ events: [{ a: 1 }, { b: 2 }] }, null, 2)],
    ['one a line', '{"a":1}\n{"b":2}\n'],
    ['one a line after a byte order mark', '\uFEFF{"a":1}\n{"b":2}\n'],
  ])('reads %s', async (_, text) => {
    expect(await valuesOf(text)).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test.each([
    ['gzip', gzipSync('{"a":1}\n')],
    ['zstd', zstdCompressSync('{"a":1}\n')],
    ['UTF-16', Buffer.from('\uFEFF{"a":1}\n', 'utf16le')],
  ])('says how %s is made text, instead of refusing line by line', async (kind, bytes) => {
    const lines = readEventLines(ReadableStream.from([bytes]));
    const { message, fix } = (await lines.next().catch((error: unknown) => error)) as CliError;
    expect([message, fix]).toEqual([
      `Cannot read the events: found ${kind}, expected JSON as text in UTF-8`,
      [expect.stringContaining('| monitor import events -')],
    ]);
  });

  test('reads a single event over many lines', async () => {
    expect(await valuesOf(JSON.stringify({ event: { id: 'a' } }, null, 2))).toEqual([{ event: { id: 'a' } }]);
  });

  test('finds nothing in an empty file', async () => {
    expect(await read('')).toEqual([]);
    expect(await read('\n \n')).toEqual([]);
    expect(await read('[]')).toEqual([]);
  });

  test('says what it expected of an array that does not end', async () => {
    await expect(read('[{"a":1},')).rejects.toThrow('one JSON object a line or an array');
  });

  test('reads the same however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('lines', 'array'),
        async (values, chunkBytes, form) => {
          const text =
            form === 'array'
              ? JSON.stringify(values)
              : values.map((value) => JSON.stringify({ event: value })).join('\n');
          const found = (await read(text, chunkBytes)).map(({ text: line }) => JSON.parse(line));
          expect(found).toEqual(form === 'array' ? values : values.map((value) => ({ event: value })));
        },
      ),
    );
  });
});
