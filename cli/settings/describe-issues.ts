import type { z } from 'zod';
import { knownKeysAt, knownPaths } from './known-keys.ts';
import { isBranch, type RawValue, type SettingsPath } from './layer.ts';
import type { MergedSettings } from './merge-layers.ts';
import { nearestWord } from './nearest-word.ts';

/** What is wrong with settings: one line per problem, in the order of the file. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  merged: MergedSettings,
  schema: z.ZodType,
): readonly string[] {
  const problems = issues.flatMap((issue) => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    const told: readonly Problem[] =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...path, key], text: describeUnknown(schema, path, key) }))
        : [{ path, text: describeValue(issue, merged, path) }];
    return told.map((problem) => ({ ...problem, place: placeOf(merged, problem.path) }));
  });
  return problems
    .toSorted((a, b) => lineOf(a.place) - lineOf(b.place))
    .map(({ place, text }) => (place === undefined ? text : `${place}: ${text}`));
}

interface Problem {
  readonly path: SettingsPath;
  readonly text: string;
}

function placeOf(merged: MergedSettings, path: SettingsPath): string | undefined {
  const layer =
    merged.layerOf(path) ?? merged.layerOf([...path, ...firstKeyBelow(valueAt(merged.values, path))]);
  return layer?.locate(path);
}

/** The number in `line 12`; what stands in no file comes last. */
function lineOf(place: string | undefined): number {
  const [, line] = /^line (\d+)$/.exec(place ?? '') ?? [];
  return line === undefined ? Number.MAX_SAFE_INTEGER : Number(line);
}

function firstKeyBelow(value: RawValue): readonly string[] {
  return isBranch(value) ? Object.keys(value).slice(0, 1) : [];
}

function describeValue(issue: z.core.$ZodIssue, merged: MergedSettings, path: SettingsPath): string {
  const found = valueAt(merged.values, path);
  const name = path.join('.');
  if (found === undefined) return `${name} is missing, expected ${issue.message}`;
  return `${name} is ${quote(found)}, expected ${wantedText(issue)}`;
}

/** Zod's own words start with "Invalid input: expected"; ours say what is wanted and nothing else. */
function wantedText(issue: z.core.$ZodIssue): string {
  const generic = /^Invalid input: expected (.*?)(?:, received .*)?$/.exec(issue.message);
  if (generic?.[1] === 'object' || generic?.[1] === 'record') return 'keys with values';
  return generic?.[1] ?? issue.message;
}

function quote(value: RawValue): string {
  return typeof value === 'object' || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value)
    : `"${String(value)}"`;
}

function describeUnknown(schema: z.ZodType, path: SettingsPath, key: string): string {
  const name = [...path, key].join('.');
  const siblings = knownKeysAt(schema, path);
  const nearSibling = nearestWord(key, siblings);
  const suggestion =
    nearSibling === undefined ? nearestElsewhere(schema, key) : [...path, nearSibling].join('.');
  const hint =
    suggestion === undefined ? `known here: ${siblings.join(', ')}` : `did you mean "${suggestion}"?`;
  return `"${name}" is no setting, ${hint}`;
}

/** The same or a similar key at another place: somebody forgot to indent, or indented too much. */
function nearestElsewhere(schema: z.ZodType, key: string): string | undefined {
  const byLastKey = new Map(knownPaths(schema).map((path) => [path.at(-1) ?? '', path.join('.')]));
  const near = nearestWord(key, [...byLastKey.keys()]);
  return near === undefined ? undefined : byLastKey.get(near);
}

function valueAt(values: RawValue, path: SettingsPath): RawValue {
  let value = values;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isBranch(value)) value = value[key];
    else return undefined;
  }
  return value;
}
