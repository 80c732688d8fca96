import { CliError } from '../errors.ts';

/** One event of a file, as text on one line. */
export interface EventLine {
  /** Number of the line, or of the element where the file is one array; from 1. */
  readonly number: number;
  readonly text: string;
}

/** Longest text that is held at once: about what JavaScript can hold. */
const MAX_TEXT_LENGTH = 500_000_000;

/**
 * Reads events: one JSON object a line, an array of them, what `GET /v1/events` answers, or a single one. Lines are not
 * looked into: the bridge says which it cannot take. Lines come as they are read, an array when all of it was read.
 * @throws CliError FAILED for a file that is neither
 */
export async function* readEventLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<EventLine> {
  const lines = splitLines(input);
  let number = 0;
  let isFirst = true;
  for await (const line of lines) {
    number += 1;
    const text = line.trim();
    if (text === '') continue;
    if (isFirst && isDocument(text)) {
      yield* readDocument(text, lines);
      return;
    }
    isFirst = false;
    yield { number, text };
  }
}

/** An array, an object that goes on below the first line, or one that holds many. */
function isDocument(firstLine: string): boolean {
  return firstLine.startsWith('[') || firstLine === '{' || isPage(parse(firstLine));
}

async function* readDocument(firstLine: string, rest: AsyncIterable<string>): AsyncGenerator<EventLine> {
  const parts = [firstLine];
  let length = firstLine.length;
  for await (const line of rest) {
    length += line.length + 1;
    if (length > MAX_TEXT_LENGTH) throw tooLong();
    parts.push(line);
  }
  const document = parse(parts.join('\n'));
  if (document === undefined) {
    throw new CliError(
      'FAILED',
      'Cannot read the events: found something that begins like JSON and is not, expected one JSON object a line or an array of them',
    );
  }
  const events: readonly unknown[] = isPage(document)
    ? document.events
    : Array.isArray(document)
      ? document
      : [document];
  for (const [index, event] of events.entries()) yield { number: index + 1, text: JSON.stringify(event) };
}

/** `{"events": [...]}`, as the query API answers. */
function isPage(value: unknown): value is { readonly events: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'events' in value && Array.isArray(value.events);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller knows what that means.
    return undefined;
  }
}

async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held: string[] = [];
  let heldLength = 0;
  let isBegin = true;
  for await (const chunk of input) {
    if (isBegin) assertText(chunk);
    isBegin = false;
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    held.push(first);
    heldLength += first.length;
    if (heldLength > MAX_TEXT_LENGTH) throw tooLong();
    for (const line of others) {
      yield held.join('');
      held = [line];
      heldLength = line.length;
    }
  }
  held.push(decoder.decode());
  const last = held.join('');
  if (last !== '') yield last;
}

/** How files begin that hold no UTF-8, what they are, and what makes text of them. */
const NO_TEXT: readonly (readonly [readonly number[], string, string])[] = [
  [[0x1f, 0x8b], 'gzip', 'gunzip -c FILE | monitor import events -'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd', 'zstd -dc FILE | monitor import events -'],
  [[0xff, 0xfe], 'UTF-16', 'iconv -f UTF-16 -t UTF-8 FILE | monitor import events -'],
  [[0xfe, 0xff], 'UTF-16', 'iconv -f UTF-16 -t UTF-8 FILE | monitor import events -'],
];

/** @throws CliError FAILED for what begins as no text does: each of its lines would be refused */
function assertText(chunk: Uint8Array): void {
  const found = NO_TEXT.find(([begin]) => begin.every((byte, place) => chunk[place] === byte));
  if (found === undefined) return;
  throw new CliError('FAILED', `Cannot read the events: found ${found[1]}, expected JSON as text in UTF-8`, {
    fix: [found[2]],
  });
}

function tooLong(): CliError {
  return new CliError(
    'FAILED',
    'Cannot read the events: found an array or a line beyond 500 MB, expected one JSON object a line',
  );
}
