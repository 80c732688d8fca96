import { isIP } from 'node:net';
import * as z from 'zod';
import { DURATION_FORM, parseDuration } from './duration.ts';
import { parseSize, SIZE_FORM } from './size.ts';

/*
 * Kinds of values in settings. The message of each says what is wanted; `describeIssues` puts "expected" before it.
 */

/** A TCP port. */
export function port() {
  const wanted = 'a port, a whole number from 1 to 65535';
  return z.number(wanted).int(wanted).min(1, wanted).max(65535, wanted);
}

/** A length of time, see `parseDuration`. */
export function duration() {
  return z.string(DURATION_FORM).transform((text, context) => {
    const value = parseDuration(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: DURATION_FORM });
    return z.NEVER;
  });
}

/** An amount of storage, see `parseSize`. */
export function size() {
  return z.string(SIZE_FORM).transform((text, context) => {
    const value = parseSize(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: SIZE_FORM });
    return z.NEVER;
  });
}

/** True or false. */
export function flag() {
  return z.boolean('true or false');
}

/** Text that is not empty. */
export function text(wanted = 'text') {
  return z.string(wanted).min(1, wanted);
}

/** One of some words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `one of ${words.join(', ')}`);
}

/** A number that is not negative. */
export function amount(wanted = 'a number from 0 up') {
  return z.number(wanted).nonnegative(wanted);
}

/** A whole number from 1 up. */
export function count() {
  const wanted = 'a whole number from 1 up';
  return z.number(wanted).int(wanted).positive(wanted);
}

/** A list; what its elements are, they say themselves. */
export function list<Element extends z.ZodType>(element: Element) {
  return z.array(element, 'a list');
}

/** An IP address to listen on. */
export function address() {
  const wanted = 'an IP address such as 127.0.0.1';
  return text(wanted).refine((value) => isIP(value) !== 0, wanted);
}

/** A range of addresses, `10.0.0.0/8`, a single one, or `gateway`: the host as containers see it. */
export function network() {
  const wanted = 'a network such as 10.0.0.0/8, an address, or gateway';
  return text(wanted).refine((value) => value === 'gateway' || isNetwork(value), wanted);
}

/** `host` or an IANA zone such as Europe/Berlin. */
export function timezone() {
  const wanted = 'host or a time zone such as Europe/Berlin';
  return text(wanted).refine((value) => value === 'host' || isTimezone(value), wanted);
}

/** A web address. */
export function url() {
  const wanted = 'a URL such as https://otlp.example.com';
  return text(wanted).refine((value) => URL.canParse(value) && /^https?:/.test(value), wanted);
}

function isNetwork(value: string): boolean {
  const [ip = '', prefix, ...rest] = value.split('/');
  const family = isIP(ip);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

function isTimezone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
