import { MonitorError } from '../../domain/error.ts';
import { remembering } from '../../domain/remembering.ts';
import { REDACTED } from '../marker.ts';
import { redactAssignments } from './assignments.ts';
import { redactEmails } from './emails.ts';
import { redactFlags } from './flags.ts';
import { redactOpaqueSecrets } from './opaque-secrets.ts';
import { isPlain } from './plain-text.ts';
import { redactTokens } from './tokens.ts';
import { redactUrlCredentials } from './url-credentials.ts';

/** Takes secrets out of any text. The same text comes back where there are none. */
export type TextRedactor = (text: string) => string;

/** What to take out of texts. */
export interface TextRedactorOptions {
  /** `defaults` = the built-in rules; anything else is a regular expression whose matches are replaced. */
  readonly redact: readonly string[];
  /** True where e-mail addresses may stay. */
  readonly keepEmails: boolean;
}

/** Shorter texts hold no secret that a rule could know. */
const MIN_LENGTH = 6;

/** Names and ids are short and come again and again: what became of so many of them is remembered. */
const SHORT = { maxLength: 64, count: 4096 };
/** What an exporter says of itself stands in each of its records: a long text is not looked through for each of them. */
const LONG = { minLength: 1024, maxLength: 65_536, count: 4 };

/**
 * Builds the redactor of texts.
 * @throws MonitorError `invalid` for a regular expression that does not compile or could take exponential time.
 */
export function createTextRedactor(options: TextRedactorOptions): TextRedactor {
  const defaults = options.redact.includes('defaults');
  const own = options.redact.filter((entry) => entry !== 'defaults').map(compile);
  const redact: TextRedactor = (text) => {
    let result = defaults ? redactDefaults(text) : text;
    if (!options.keepEmails) result = redactEmails(result);
    // A rule that matches nothing at all, such as `x*`, must not put a marker between any two letters.
    for (const pattern of own) result = result.replace(pattern, (match) => (match === '' ? '' : REDACTED));
    return result;
  };
  const redactRemembered = remembering(remembering(redact, LONG), SHORT);
  return (text) => {
    if (own.length === 0 && (text.length < MIN_LENGTH || isPlain(text))) return text;
    return redactRemembered(text);
  };
}

/** The order matters: URLs before e-mail addresses (`user:pw@host`), known shapes before assignments. */
function redactDefaults(text: string): string {
  const shaped = redactTokens(redactUrlCredentials(text));
  return redactOpaqueSecrets(redactFlags(redactAssignments(shaped)));
}

/** A repeated group that repeats inside, `(a+)+`: the usual cause of exponential time. */
const NESTED_REPETITION = /\([^()]*[+*}][^()]*\)(?:[+*]|\{\d+,)/;

function compile(source: string): RegExp {
  if (NESTED_REPETITION.test(source)) {
    throw new MonitorError(
      'invalid',
      `Cannot use redaction rule "${source}": a repeated group repeats inside it, which can take forever on some texts. Write it without nested repetition`,
    );
  }
  try {
    return new RegExp(source, 'g');
  } catch (error) {
    throw new MonitorError(
      'invalid',
      `Cannot use redaction rule "${source}": it is not a regular expression (${error instanceof Error ? error.message : String(error)}). Correct privacy.redact in the settings`,
      { cause: error },
    );
  }
}
