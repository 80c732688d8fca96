/** Damaged inputs for decoders, made out of whole ones. The same seed gives the same inputs. */
import { createRandom } from './seeded-random.ts';

/** Makes damaged inputs without end. */
export interface Mutator {
  next(): Buffer;
}

const MAX_EDITS = 4;
/** Larger ones say nothing more, and take longer. */
const MAX_LENGTH = 65_536;
/** Bytes at which decoders take turns: ends of ranges, protobuf's lengths and varints, JSON's signs. */
const BYTES = [0, 1, 0x0a, 0x12, 0x7f, 0x80, 0xff, ...Buffer.from('"\\{}[],:-0e\u0000')];
/** Pieces at which decoders of JSON and texts take turns. */
const PIECES = [
  'null',
  'true',
  '-0',
  '1e999',
  '-1',
  '9007199254740993',
  '18446744073709551616',
  '"\\ud800"',
  '"__proto__":{}',
  '{"a":'.repeat(40),
  '[['.repeat(200),
  ']'.repeat(50),
  '"'.repeat(9),
  '\u0000',
  '\u2028',
  'NaN',
  '2026-13-45T99:99:99Z',
  'A'.repeat(3000),
  '\\u0000'.repeat(100),
  'https://user:pass@host/'.repeat(20),
  'a@b.'.repeat(300),
  'sk-ant-'.repeat(100),
  '='.repeat(500),
  ' '.repeat(2000),
  '\n'.repeat(500),
].map((piece) => Buffer.from(piece));
/** The same for protobuf: long varints, lengths beyond the end, groups. */
const WIRE = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x0b, 0x0b, 0x0b, 0x0c],
  [0x2a, 0x02, 0x0a, 0x00],
].map((bytes) => Buffer.from(bytes));

/** Values of JSON at which decoders take turns, in the place of any other. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e21,
  1.5,
  '',
  ' ',
  '\u0001',
  '__proto__',
  'constructor',
  '\ud800',
  '9999999999999999999999',
  '2026-11-21T10:00:00Z',
  'NaN',
  [],
  {},
  [[]],
  [null],
  { a: null },
  { stringValue: 'x', intValue: '1' },
  { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } },
  { arrayValue: { values: [{ intValue: '1' }, {}] } },
];
/** Texts out of which long ones are made: what rules of redaction look for, and what makes expressions go back. */
const FRAGMENTS = [
  'a',
  ' ',
  '=',
  '-',
  '/',
  '.',
  '"',
  '\\',
  '{',
  '["',
  'a@',
  'a@b.',
  'a.b',
  'key=',
  'password: ',
  'Bearer ',
  'sk-ant-',
  'https://',
  'https://u:p@',
  '--token ',
  'x".y=',
  'eyJhbGciOi.',
  '-----BEGIN PRIVATE KEY-----\n',
  'AAAA0123',
  '%20',
  '\n',
  '\u0001',
  'é',
  '{"a":"',
];
const MAX_TEXT_LENGTH = 32_768;

type Random = () => number;

/** Builds a mutator of bytes. */
export function createMutator(whole: readonly Buffer[], seed: number): Mutator {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;

  const edits: ((input: Buffer) => Buffer)[] = [
    (input) => changed(input, (byte) => byte ^ (1 << below(8))),
    (input) => changed(input, () => pick(BYTES)),
    (input) => changed(input, (byte) => byte + below(5) - 2),
    (input) => input.subarray(0, below(input.length + 1)),
    (input) => replaced(input, Buffer.alloc(0), below(32)),
    (input) => replaced(input, pick(PIECES), below(8)),
    (input) => replaced(input, pick(WIRE), below(8)),
    (input) => replaced(input, slice(input), 0),
    (input) => replaced(input, slice(pick(whole)), below(64)),
    (input) => Buffer.concat([input, slice(pick(whole))]),
  ];
  const slice = (input: Buffer): Buffer => {
    const from = below(input.length + 1);
    return input.subarray(from, from + below(200));
  };
  const changed = (input: Buffer, change: (byte: number) => number): Buffer => {
    const copy = Buffer.from(input);
    const at = below(copy.length);
    copy[at] = change(copy[at] ?? 0) & 0xff;
    return copy;
  };
  /** Puts bytes in the place of some that were there. */
  const replaced = (input: Buffer, bytes: Buffer, length: number): Buffer => {
    const at = below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), bytes, input.subarray(at + length)]);
  };

  return {
    next() {
      let input = pick(whole);
      for (let count = 1 + below(MAX_EDITS); count > 0; count -= 1) input = pick(edits)(input);
      return input.subarray(0, MAX_LENGTH);
    },
  };
}

/** Builds a mutator of values: what it makes is whole JSON with something odd in it. */
export function createJsonMutator(whole: readonly unknown[], seed: number): Mutator {
  const random = createRandom(seed);
  return {
    next() {
      let value = whole[Math.floor(random() * whole.length)];
      for (let count = 1 + Math.floor(random() * MAX_EDITS); count > 0; count -= 1) {
        value = withOddity(value, random);
      }
      return Buffer.from(JSON.stringify(value) ?? 'null');
    },
  };
}

/** The same value with another one somewhere in it. */
function withOddity(value: unknown, random: Random): unknown {
  const below = (limit: number): number => Math.floor(random() * limit);
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || random() < 0.05) return oddValue(value, random);
  if (Array.isArray(value)) {
    const at = below(value.length);
    const choice = random();
    if (choice < 0.1) return value.toSpliced(at, 1);
    if (choice < 0.2) return [...value, ...value].slice(0, 200);
    return value.with(at, withOddity(value[at], random));
  }
  const entries = Object.entries(value);
  const at = below(entries.length);
  const [key, item] = entries[at] ?? ['', null];
  const choice = random();
  if (choice < 0.07) return Object.fromEntries(entries.toSpliced(at, 1));
  if (choice < 0.12) return Object.fromEntries([...entries, [longText(random).slice(0, 300), item]]);
  return Object.fromEntries(entries.with(at, [key, withOddity(item, random)]));
}

function oddValue(value: unknown, random: Random): unknown {
  const choice = random();
  if (choice < 0.3) return longText(random);
  if (choice < 0.4) return JSON.stringify(value);
  if (choice < 0.5) return [value, value];
  return ODD_VALUES[Math.floor(random() * ODD_VALUES.length)];
}

/** A text of one or two fragments, again and again. */
function longText(random: Random): string {
  const pick = (): string => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)] ?? '';
  const unit = pick() + (random() < 0.5 ? pick() : '');
  const length = random() < 0.2 ? MAX_TEXT_LENGTH : Math.floor(random() * 500);
  const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  return `${random() < 0.3 ? pick() : ''}${text}${random() < 0.3 ? pick() : ''}`;
}
