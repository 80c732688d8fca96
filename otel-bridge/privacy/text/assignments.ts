import { normaliseKey } from '../keys/normalise-key.ts';
import { isTokenWord, type SecretKind, secretKind } from '../keys/secret-keys.ts';
import { REDACTED } from '../marker.ts';

const KEY_MAX = 64;
const VALUE_MAX = 8192;
/** Room for quotes behind the backslashes of JSON in JSON in JSON. */
const GAP_MAX = 20;

/** Last letters of the keys that name secrets: most keys are dismissed by one look. */
const LAST_LETTERS = new Set('dteynslgr'.split('').flatMap((letter) => [letter, letter.toUpperCase()]));

/** Values that are no secrets: nothing at all, a reference to a variable, something redacted before. */
const NO_SECRET =
  /^(?:null|true|false|undefined|none|nil|\$[A-Z_][A-Z0-9_]*|\$\{[A-Za-z_][A-Za-z0-9_]*\}?|\$\(.*|\{\{.*|%[A-Z_]+%|<?\[?redacted\b.*|\*+)$/i;

/** `signature` and the like are secrets only where they sign a URL. */
const SIGNATURE = /(?:^|_)(?:sig|signature)$/;

/** Names such as `STRIPE_KEY` or `npm_auth` are worth a look at the value. */
const MAYBE = /(?:_key|_auth|_pass|_cookie)$/;

/** How far into a value one looks for what makes it a secret. */
const MAYBE_LOOK = 256;
const DIGIT = /\d/;
const LETTER = /[A-Za-z]/;

/**
 * Replaces the values in `password=...`, `"api_key": "..."`, `TOKEN='...'`, `secret => ...`, `Cookie: ...` and their
 * like, in prose, code, env files, query strings and JSON (also JSON that is escaped inside a string).
 * Starts from each `:` and `=` and looks at most 64 characters back and one value ahead.
 */
export function redactAssignments(text: string): string {
  const endOfBareValue = bareEndsOf(text);
  let result = '';
  let from = 0;
  for (let index = nextSeparator(text, 1); index >= 0; index = nextSeparator(text, index + 1)) {
    const key = keyBefore(text, index, from);
    if (key === null) continue;
    const strength = strengthOf(key, text, index);
    if (strength === null) continue;
    const value = valueAfter(text, index, (start) => endOfBareValue(start, key));
    if (!isSecretValue(value, strength, text.charAt(index))) continue;
    result += text.slice(from, value.start) + REDACTED;
    from = value.end;
    // The loop goes on behind the value; a separator inside it was covered.
    index = value.end - 1;
  }
  return from === 0 ? text : result + text.slice(from);
}

function nextSeparator(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x3a || code === 0x3d) return index;
  }
  return -1;
}

/** True where a key that names a secret may end in the letter. */
export function mayEndSecretKey(letter: string): boolean {
  return LAST_LETTERS.has(letter);
}

/** True where a text ends in no key of a secret: whatever follows behind a colon is none. */
export function isHarmlessKey(text: string): boolean {
  const key = keyBefore(text, text.length, 0);
  return key === null || strengthOf(key, `${text}:`, text.length) === null;
}

/** The key that ends before a separator, with quotes, brackets and blanks between skipped. */
function keyBefore(text: string, separator: number, from: number): string | null {
  let end = separator;
  while (end > from && separator - end < GAP_MAX && isGap(text.charCodeAt(end - 1))) end -= 1;
  if (end <= from || !LAST_LETTERS.has(text.charAt(end - 1))) return null;
  let start = end - 1;
  while (start > from && end - start < KEY_MAX && isKeyCharacter(text.charCodeAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

type Strength = SecretKind | 'signature' | 'maybe';

function strengthOf(key: string, text: string, separator: number): Strength | null {
  // The shell's working directory.
  if (key === 'PWD' || key === 'OLDPWD') return null;
  const normalised = normaliseKey(key);
  const kind = secretKind(normalised);
  if (kind !== null) return kind;
  if (text.charAt(separator) === '=' && SIGNATURE.test(normalised)) return 'signature';
  return MAYBE.test(normalised) || key === '_auth' ? 'maybe' : null;
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quoted: boolean;
}

function valueAfter(text: string, separator: number, endOfBareValue: (start: number) => number): Value {
  let start = separator + 1;
  // `:=`, `==` and `=>` are separators too.
  while (start < text.length && start - separator < 3 && /[=>]/.test(text.charAt(start))) start += 1;
  const blanks = start;
  while (start < text.length && start - blanks < GAP_MAX && /[ \t]/.test(text.charAt(start))) start += 1;
  const quote = /^\\{0,15}["'`]/.exec(text.slice(start, start + 16))?.[0];
  if (quote !== undefined) {
    start += quote.length;
    const end = closingQuote(text, start, quote);
    return { start, end, text: text.slice(start, end), quoted: true };
  }
  const end = endOfBareValue(start);
  return { start, end, text: text.slice(start, end), quoted: false };
}

/** Where a quoted value ends; a quote behind a backslash belongs to it. Unclosed = the end of the line. */
function closingQuote(text: string, start: number, quote: string): number {
  const limit = Math.min(text.length, start + VALUE_MAX);
  for (let end = text.indexOf(quote, start); end >= 0 && end < limit; end = text.indexOf(quote, end + 1)) {
    if (quote.length > 1 || !isEscaped(text, end, start)) return end;
  }
  const line = text.indexOf('\n', start);
  return line >= 0 && line < limit ? line : limit;
}

function isEscaped(text: string, position: number, start: number): boolean {
  let backslashes = 0;
  while (position - backslashes > start && text.charCodeAt(position - backslashes - 1) === 0x5c)
    backslashes += 1;
  return backslashes % 2 === 1;
}

const HEADER = /^(?:proxy-?)?authorization$|^(?:set-)?cookie$/i;
const TO_END_OF_LINE = /[\r\n"'`]|\\[rn"]/g;
const TO_BLANK = /[\s"'`]|\\[rnt"]/g;
const TO_DELIMITER = /[\s"'`,;&<>(){}[\]|]|\\[rnt"]/g;
const ENV_NAME = /^[A-Z][A-Z0-9_]*$/;

/**
 * Where bare values of a text end: headers run to the end of the line, environment variables to a blank, the rest to the
 * next delimiter. An end that was found is remembered, since a text may hold thousands of keys before the next one.
 */
function bareEndsOf(text: string): (start: number, key: string) => number {
  const found = new Map<RegExp, { readonly from: number; readonly end: number }>();
  return (start, key) => {
    const stop = HEADER.test(key) ? TO_END_OF_LINE : ENV_NAME.test(key) ? TO_BLANK : TO_DELIMITER;
    let last = found.get(stop);
    if (last === undefined || start < last.from || start > last.end) {
      stop.lastIndex = start;
      last = { from: start, end: stop.exec(text)?.index ?? text.length };
      found.set(stop, last);
    }
    return Math.min(last.end, start + VALUE_MAX);
  };
}

function isSecretValue(value: Value, strength: Strength, separator: string): boolean {
  const { text, quoted } = value;
  if (text === '' || NO_SECRET.test(text.slice(0, 80))) return false;
  const firm = quoted || separator === '=';
  switch (strength) {
    case 'password':
      return true;
    case 'secret':
      return firm || text.length >= 8 || /\d/.test(text);
    case 'token':
      if (isTokenWord(text) || /^\d{1,6}$/.test(text)) return false;
      return firm || text.length >= 20 || /\d/.test(text);
    case 'signature':
      return text.length >= 16;
    case 'maybe':
      return text.length >= 8 && [DIGIT, LETTER].every((sign) => sign.test(text.slice(0, MAYBE_LOOK)));
  }
}

/** Blanks, quotes, backslashes and brackets between a key and its separator. */
function isGap(code: number): boolean {
  return code === 0x20 || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x5c || code === 0x5d;
}

function isKeyCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e
  );
}
