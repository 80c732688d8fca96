/**
 * What two values of plain data differ in, one line per leaf: `path: found, expected wanted`. Empty where nothing does.
 *
 * As the message of an assertion, since a summary of CI shows that and not what a runner draws below it.
 */
export function differences(found: unknown, wanted: unknown): string {
  const left = leavesOf(found);
  const right = leavesOf(wanted);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => `${path}: ${left.get(path) ?? 'nothing'}, expected ${right.get(path) ?? 'nothing'}`)
    .join('\n');
}

/** Values that hold no others, as JSON, by where they stand: `usage.runsByAgent["shop agent-0"]`. */
function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0)
    return new Map([[path, JSON.stringify(value) ?? 'undefined']]);
  const below = Object.entries(value).flatMap(([key, each]) => [
    ...leavesOf(each, /^\w+$/.test(key) ? [path, key].filter(Boolean).join('.') : `${path}["${key}"]`),
  ]);
  return new Map(below);
}
