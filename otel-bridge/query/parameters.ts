import * as z from 'zod';
import { MonitorError } from '../domain/error.ts';

/** Everything that came in a request's query string or path, as the HTTP framework parsed it. */
type RawParameters = unknown;

/**
 * Schema of one parameter.
 * @param wanted what it must be, for the message to who sends something else
 */
export function parameter<T extends z.ZodType>(schema: T, wanted: string): T {
  return schema.describe(wanted) as T;
}

/** A text that is not empty, up to 1,000 characters. */
export const textParameter = parameter(
  z.string().min(1).max(1000),
  'a text of 1 to 1,000 characters',
).optional();

/** A whole number from 1 to `max`; `fallback` where it is not given. */
export function limitParameter(fallback: number, max: number) {
  const wanted = `a whole number from 1 to ${max}`;
  return parameter(z.coerce.number().int().min(1).max(max), wanted).default(fallback);
}

/** One of `values`. */
export function choiceParameter<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return parameter(z.enum(values), `one of ${values.join(', ')}`);
}

/**
 * Checks parameters.
 * @throws MonitorError `invalid` that names each wrong parameter, its value and what is wanted.
 */
export function readParameters<S extends z.ZodRawShape>(
  shape: S,
  raw: RawParameters,
): z.output<z.ZodObject<S>> {
  const result = z.strictObject(shape).safeParse(raw ?? {});
  if (result.success) return result.data as z.output<z.ZodObject<S>>;
  const values = (raw ?? {}) as Record<string, unknown>;
  const problems = new Set<string>();
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) problems.add(unknownParameter(key, Object.keys(shape)));
      continue;
    }
    const name = String(issue.path[0]);
    problems.add(wrongParameter(name, values[name], wantedOf(shape[name])));
  }
  throw new MonitorError('invalid', [...problems].join('; '));
}

/** The message about one wrong parameter: its name, what was found, what is wanted. */
export function wrongParameter(name: string, found: unknown, wanted: string): string {
  const value =
    typeof found === 'string' ? `"${found}"` : Array.isArray(found) ? 'several values' : 'nothing';
  return `Cannot read parameter "${name}": found ${value}, wanted ${wanted}`;
}

function unknownParameter(name: string, known: readonly string[]): string {
  const choice = known.length === 0 ? 'none is known here' : `known here: ${known.join(', ')}`;
  return `Cannot read parameter "${name}": no such parameter, ${choice}`;
}

/** What a parameter's schema was described with, before it was made optional. */
function wantedOf(schema: unknown): string {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return wantedOf(schema.unwrap());
  return (schema instanceof z.ZodType ? schema.description : undefined) ?? 'another value';
}
