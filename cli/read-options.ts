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
  const name = String(issue?.path[0] ?? '');
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const value = String((options as Record<string, unknown> | undefined)?.[name] ?? '');
  const found = value.length <= LONGEST ? `"${value}"` : `${value.length} characters long`;
  throw new CliError('USAGE', `${flag} is ${found}, wanted ${wantedBy(issue)}`);
}

/** A longer value would hide what is said about it. */
const LONGEST = 80;

function wantedBy(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'too_small') return 'at least one character';
  if (issue?.code === 'too_big') return `at most ${issue.maximum} characters`;
  return issue?.message ?? 'another one';
}
