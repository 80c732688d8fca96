import { MonitorError } from '../../domain/error.ts';
import { assertJsonValues, MAX_BODY_VALUES, tooManyValues } from '../../domain/value-limit.ts';
import type { Rejection } from './decode-envelope.ts';
import { envelopeId } from './envelope-id.ts';

/** How a batch of envelopes is written: one envelope or an array of them, or one envelope a line. */
export type BatchFormat = 'json' | 'lines';

/** One element of a batch. */
export type BatchElement = ParsedElement | BrokenElement;

interface ParsedElement {
  /** Place in the array, or number of the line; both from 0. */
  readonly index: number;
  readonly value: unknown;
  readonly rejection?: undefined;
}

interface BrokenElement {
  readonly index: number;
  readonly value?: undefined;
  readonly rejection: Rejection;
}

/** Most values that one envelope may hold: what an attribute costs later is a hundred times what it costs to parse. */
const MAX_ENVELOPE_VALUES = 20_000;

/**
 * Splits a body into its elements. A line that is not JSON is an element that says so; blank lines are none.
 * @throws MonitorError `invalid` when the body as a whole is not JSON, `too_large` when it holds too many values.
 */
export function parseBatch(body: Buffer, format: BatchFormat): readonly BatchElement[] {
  assertJsonValues(body);
  const sent = body.toString('utf8');
  const text = sent.startsWith('\uFEFF') ? sent.slice(1) : sent;
  const elements = format === 'json' ? parseDocument(text) : parseLines(text);
  // A value takes two bytes or more: small bodies need no counting.
  return body.length < 2 * MAX_ENVELOPE_VALUES ? elements : elements.map(checkValues);
}

function parseDocument(text: string): BatchElement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // Of the engine's message only the position is passed on: the rest quotes the text.
    const position = /at position \d+/.exec(String(error))?.[0];
    const found =
      text.trim() === '' ? 'nothing' : ['something that is not JSON', position].filter(Boolean).join(' ');
    const isLines =
      text.includes('\n') && parseLine(text.slice(0, text.indexOf('\n')), 0).rejection === undefined;
    throw new MonitorError(
      'invalid',
      `Cannot read the body: found ${found}, expected an agentmon envelope or an array of them${isLines ? '; one envelope a line is sent as application/x-ndjson' : ''}`,
      { cause: error },
    );
  }
  const values: readonly unknown[] = Array.isArray(document) ? document : [document];
  return values.map((value, index) => ({ index, value }));
}

function parseLines(text: string): BatchElement[] {
  const elements: BatchElement[] = [];
  let index = 0;
  for (let start = 0; start < text.length; index += 1) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line !== '') elements.push(parseLine(line, index));
    if (elements.length > MAX_BODY_VALUES) throw tooManyValues();
  }
  return elements;
}

function parseLine(line: string, index: number): BatchElement {
  try {
    return { index, value: JSON.parse(line) };
  } catch {
    // The reason stays out of the answer: it quotes the line.
    const message = `found a line of ${line.length} characters that is not JSON, expected an envelope`;
    return { index, rejection: { id: null, code: 'not_json', message } };
  }
}

function checkValues(element: BatchElement): BatchElement {
  if (element.rejection !== undefined || !holdsMoreThan(element.value, MAX_ENVELOPE_VALUES)) return element;
  const id = envelopeId(element.value);
  const message = `found more than ${MAX_ENVELOPE_VALUES} values in one envelope, expected a note of what happened`;
  return { index: element.index, rejection: { id, code: 'too_many_values', message } };
}

/** Counts without recursion: the value may be nested as deep as it is long. */
function holdsMoreThan(value: unknown, limit: number): boolean {
  const open: unknown[] = [value];
  let count = 1;
  for (let next = open.pop(); next !== undefined && count <= limit; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const item of Object.values(next)) {
      count += 1;
      if (typeof item === 'object' && item !== null) open.push(item);
      if (count > limit) break;
    }
  }
  return count > limit;
}
