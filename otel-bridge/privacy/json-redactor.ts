import type { KeyClassifier, KeyRule } from './keys/classify-key.ts';
import { CONTENT, CONVERSATION, type ContentMask } from './keys/content.ts';
import { messageMask } from './keys/content-keys.ts';
import { type Context, contextOf } from './keys/context.ts';
import { isTokenWord } from './keys/secret-keys.ts';
import { REDACTED } from './marker.ts';
import { announcesSecret } from './text/flags.ts';
import type { TextRedactor } from './text/redact-text.ts';

/** Words that keys such as `result` hold when they hold no content. */
const OUTCOMES = new Set(
  (
    'success succeeded successful failure failed fail error errored ok okay pass passed complete completed cancelled ' +
    'canceled aborted rejected accepted accept reject denied allowed timeout skipped unknown none true false yes no ' +
    'good bad fine dismissed abandoned input output'
  ).split(' '),
);

/** Deeper values are taken out whole: nobody reads them, and recursion must end. */
const MAX_DEPTH = 48;

/** JSON in strings in JSON: arguments of tools are two deep at most. */
const MAX_STRING_DEPTH = 6;

/** Redacts values of any shape. The same value comes back where nothing was taken out; inputs are not changed. */
export interface JsonRedactor {
  /** A text, which may itself be JSON. */
  readonly text: (text: string, context: Context) => string;
  /** The value behind a key; undefined = drop the key. */
  readonly value: (rule: KeyRule, value: unknown, context: Context) => unknown;
  /** What may stay of the value behind a key: all (false) or nothing (true). For values that are not JSON. */
  readonly isClosed: (rule: KeyRule, context: Context) => boolean;
  /** The context inside the value behind a key. */
  readonly inside: (rule: KeyRule, context: Context) => Context;
}

/** What a JSON redactor works with. */
export interface JsonRedactorOptions {
  readonly redactText: TextRedactor;
  readonly classify: KeyClassifier;
  /** Content that may stay. */
  readonly allowed: ContentMask;
}

/** Builds the redactor of JSON values. */
export function createJsonRedactor(options: JsonRedactorOptions): JsonRedactor {
  const { redactText, classify, allowed } = options;
  const isOpen = (mask: ContentMask): boolean => (mask & ~allowed) === 0;

  const maskOf = ({ content }: KeyRule, context: Context): ContentMask => {
    if (content === null) return 0;
    if (content.kind === 'fixed') return content.mask;
    return content.kind === 'context' ? context[content.part] : context.input;
  };

  const inside = (rule: KeyRule, context: Context): Context =>
    rule.content?.kind === 'fixed' ? contextOf(rule.content.mask) : context;

  const isClosed = (rule: KeyRule, context: Context): boolean =>
    rule.secret !== null || !isOpen(maskOf(rule, context));

  function underKey(
    rule: KeyRule,
    value: unknown,
    context: Context,
    depth: number,
    strings: number,
  ): unknown {
    if (rule.drop) return undefined;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number' || typeof value === 'bigint') {
      return rule.secret === 'password' ? REDACTED : value;
    }
    if (rule.secret !== null && typeof value === 'string') return secretText(rule, value);
    if (rule.secret === 'password' || rule.secret === 'secret') return REDACTED;
    const mask = maskOf(rule, context);
    if (!isOpen(mask)) {
      if (Array.isArray(value) && rule.content?.kind === 'context') return parts(value, depth, strings);
      if (rule.content?.kind === 'summary' && isOpen(CONTENT.filePaths) && isPath(value))
        return redactText(value);
      return closed(rule, value);
    }
    if (rule.conversation && isBrokenJson(value) && !isOpen(CONVERSATION)) return REDACTED;
    return any(value, inside(rule, context), depth, strings);
  }

  function any(value: unknown, context: Context, depth: number, strings: number): unknown {
    if (typeof value === 'string') return text(value, context, strings);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= MAX_DEPTH) return REDACTED;
    return Array.isArray(value)
      ? list(value, context, depth + 1, strings)
      : object(value as Record<string, unknown>, context, depth + 1, strings);
  }

  /** Parts of a closed message: calls and results of tools are judged by themselves, the rest goes. */
  function parts(values: readonly unknown[], depth: number, strings: number): readonly unknown[] {
    return values.map((part) => {
      const mask =
        typeof part === 'object' && part !== null && 'type' in part ? messageMask(part.type, null) : null;
      return mask === null ? REDACTED : any(part, contextOf(mask), depth, strings);
    });
  }

  function list(
    values: readonly unknown[],
    context: Context,
    depth: number,
    strings: number,
  ): readonly unknown[] {
    let copy: unknown[] | undefined;
    let announced = false;
    for (const [index, value] of values.entries()) {
      const redacted =
        announced && typeof value === 'string' && !value.startsWith('-')
          ? REDACTED
          : any(value, context, depth, strings);
      announced = typeof value === 'string' && announcesSecret(value);
      if (redacted !== value) {
        copy ??= values.slice();
        copy[index] = redacted;
      }
    }
    return copy ?? values;
  }

  function object(
    value: Record<string, unknown>,
    context: Context,
    depth: number,
    strings: number,
  ): Record<string, unknown> {
    const mask = messageMask(value.type, value.role);
    const within = mask === null ? context : contextOf(mask);
    // `{name: 'API_KEY', value: '...'}`, as lists of variables and headers are written.
    const label = value.name ?? value.key;
    const labelled = typeof label === 'string' && 'value' in value ? classify(label) : null;
    const entries: [string, unknown][] = [];
    let changed = false;
    for (const key of Object.keys(value)) {
      const own = classify(key);
      const rule = key === 'value' && labelled !== null ? { ...labelled, name: own.name } : own;
      const redacted = underKey(rule, value[key], within, depth, strings);
      changed ||= redacted !== value[key] || own.name !== key;
      if (redacted !== undefined) entries.push([own.name, redacted]);
    }
    return changed ? Object.fromEntries(entries) : value;
  }

  function text(value: string, context: Context, strings: number): string {
    if (strings < MAX_STRING_DEPTH && looksLikeJson(value)) {
      const parsed = parseJson(value);
      if (parsed !== undefined) {
        const redacted = any(parsed, context, 0, strings + 1);
        if (redacted !== parsed) return JSON.stringify(redacted);
      }
    }
    return redactText(value);
  }

  return {
    text: (value, context) => text(value, context, 0),
    value: (rule, value, context) => underKey(rule, value, context, 0, 0),
    isClosed,
    inside,
  };
}

function secretText(rule: KeyRule, value: string): string {
  return value === '' || (rule.secret === 'token' && isTokenWord(value)) ? value : REDACTED;
}

/** What stays of closed content: nothing, or the one word that says how something ended. */
function closed(rule: KeyRule, value: unknown): unknown {
  if (typeof value !== 'string') return REDACTED;
  const kept = value === '' || (rule.content?.kind === 'context' && OUTCOMES.has(value.toLowerCase()));
  return kept ? value : REDACTED;
}

/** One path and nothing else: no blanks, no address of the web. */
function isPath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^(?:[A-Za-z]:|~|\.{1,2})?[\\/]?[^\s:;|&<>$`"'(){}]+$/.test(value) &&
    /[\\/.]/.test(value)
  );
}

/** True for texts that begin and end as a JSON object, array or string does. */
function looksLikeJson(text: string): boolean {
  const letter = text.charCodeAt(0);
  // Most texts begin with a letter or digit; beyond ASCII there are blanks as well.
  const first = letter > 0x20 && letter < 0x7f ? letter : text.charCodeAt(text.search(/\S/));
  if (first !== 0x7b && first !== 0x5b && first !== 0x22) return false;
  return /[}\]"]\s{0,64}$/.test(text.slice(-64));
}

function isBrokenJson(value: unknown): boolean {
  return typeof value === 'string' && /^\s*[{[]/.test(value) && parseJson(value) === undefined;
}

function parseJson(text: string): unknown {
  try {
    // As some programs log their objects.
    return JSON.parse(text.includes(':undefined') ? text.replace(/:undefined(?=[,}])/g, ':null') : text);
  } catch {
    // Not JSON after all: the caller reads it as text.
    return undefined;
  }
}
