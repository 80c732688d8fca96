import { remembering } from '../../domain/remembering.ts';
import { isHarmlessKey, mayEndSecretKey } from './assignments.ts';
import { SHAPES } from './tokens.ts';

/** Longer texts are looked through by all rules: there are shapes of secrets without any word in them. */
export const MAX_PLAIN_LENGTH = 58;
/** So many letters of base64 one behind the other may be a secret that has no shape at all. */
const OPAQUE_LENGTH = 40;

/** Letters of plain texts, of both cases alike. In any other text a rule may find flags, quotes, addresses. */
const BASE64 = 'abcdefghijklmnopqrstuvwxyz0123456789+/';
const LETTERS = `${BASE64}_.:-`;
/** Letters are numbered from 1; 0 = none of them. A row of the table has a power of two of places. */
const ROW = 64;
const ASCII = 128;
const COLON = 0x3a;
const DASH = 0x2d;

const NUMBERS = numberLetters();
const FOUND = 0xffff;
const STEPS = stepsOf(SHAPES.flatMap(([words]) => words.split(' ').filter((word) => word !== '')));

/** Keys come again and again. */
const isHarmless = remembering(isHarmlessKey, { maxLength: MAX_PLAIN_LENGTH, count: 512 });

/**
 * True for texts in which no rule of ours finds anything, told by one look at each letter: short, of letters, digits and
 * `_ . / : + -` alone, without any word that a secret's shape has, and without a key that names a secret before a colon.
 * Most ids, names, numbers and times are such. False says nothing: the rules have to be asked.
 */
export function isPlain(text: string): boolean {
  const { length } = text;
  if (length > MAX_PLAIN_LENGTH || text.charCodeAt(0) === DASH) return false;
  let state = 0;
  let run = 0;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    const number = code < ASCII ? (NUMBERS[code] ?? 0) : 0;
    if (number === 0) return false;
    run = number <= BASE64.length ? run + 1 : 0;
    state = STEPS[state * ROW + number] ?? FOUND;
    if (state === FOUND || (code === COLON && !isHarmlessColon(text, index))) return false;
    if (run === OPAQUE_LENGTH) return false;
  }
  return true;
}

/** False where what stands before a colon may be the name of a secret. */
function isHarmlessColon(text: string, colon: number): boolean {
  return !mayEndSecretKey(text.charAt(colon - 1)) || isHarmless(text.slice(0, colon));
}

function numberLetters(): Uint8Array {
  const numbers = new Uint8Array(ASCII);
  for (const [index, letter] of [...LETTERS].entries()) {
    numbers[letter.charCodeAt(0)] = index + 1;
    numbers[letter.toUpperCase().charCodeAt(0)] = index + 1;
  }
  return numbers;
}

/**
 * The table that finds any of the words in one pass (Aho and Corasick): the state after a state and a letter, `FOUND` where
 * a word ends. Words with other letters stand in no plain text.
 */
function stepsOf(words: readonly string[]): Uint16Array {
  const rows: number[][] = [newRow()];
  for (const word of words) {
    const numbers = [...word].map((letter) => NUMBERS[letter.charCodeAt(0)] ?? 0);
    if (!numbers.includes(0)) addWord(rows, numbers);
  }
  // By length: what a state falls back to is shorter, and complete by then.
  const queue: { readonly state: number; readonly fallback: number }[] = [{ state: 0, fallback: 0 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const row = rows[next.state] as number[];
    const fallback = next.state === 0 ? newRow() : (rows[next.fallback] as number[]);
    for (let number = 1; number < ROW; number += 1) {
      const follower = row[number] ?? 0;
      const shorter = fallback[number] ?? 0;
      if (follower === 0 || shorter === FOUND) row[number] = shorter;
      else if (follower !== FOUND) queue.push({ state: follower, fallback: shorter });
    }
  }
  return Uint16Array.from(rows.flat());
}

/** 0 = back to the beginning. */
function newRow(): number[] {
  return new Array<number>(ROW).fill(0);
}

function addWord(rows: number[][], numbers: readonly number[]): void {
  let state = 0;
  for (const [index, number] of numbers.entries()) {
    const row = rows[state] as number[];
    if (row[number] === FOUND) return;
    if (index === numbers.length - 1) row[number] = FOUND;
    else if (row[number] === 0) {
      row[number] = rows.length;
      rows.push(newRow());
    }
    state = row[number] ?? 0;
  }
}
