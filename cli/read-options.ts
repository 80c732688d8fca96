import type { z } from 'zod';
import { CliError } from './errors.ts';

/**
 * Options of a verb as its schema wants them.
 * @throws CliError USAGE that names the option, what was found and what is wanted
 */
export function readOptions<Schema extends z.ZodType>(schema: Schema, options: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [name = '', ...inside] = (issue?.path ?? []).map(String);
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const value = inside.reduce<unknown>(valueAt, valueAt(options, name));
  throw new CliError('USAGE', `${flag} is ${found(value)}, wanted ${wantedBy(issue)}`);
}

function valueAt(within: unknown, key: string): unknown {
  return (within as Readonly<Record<string, unknown>> | undefined)?.[key];
}

function found(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = String(value);
  return text.length <= LONGEST ? `"${text}"` : `${text.length} characters long`;
}

/** A longer value would hide what is said about it. */
const LONGEST = 80;

/** What the schema says is wanted, or what zod's own words mean. */
function wantedBy(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.message.startsWith('Too small')) return 'at least one character';
  if (issue?.code === 'too_big' && issue.message.startsWith('Too big'))
    return `at most ${issue.maximum} characters`;
  return issue?.message ?? 'another one';
}
