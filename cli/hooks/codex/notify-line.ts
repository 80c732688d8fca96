/** What our line ends with, so that it is known again. */
export const MARK = '# agent-monitor';
const OURS = /^notify = \[.*\] # agent-monitor\n/m;

/**
 * Adds `notify` to a config.toml that has none, as its first line: below a table it would belong to that table. A line of
 * the user's own stays, and so does every other byte.
 */
export function addNotify(toml: string, words: readonly string[]): string {
  const clean = removeNotify(toml);
  if (hasForeignNotify(clean)) return clean;
  return `notify = [${words.map((word) => JSON.stringify(word)).join(', ')}] ${MARK}\n${clean}`;
}

/** Takes our line out. */
export function removeNotify(toml: string): string {
  return toml.replace(OURS, '');
}

/** True where the user has a `notify` of his own, above the first table. */
export function hasForeignNotify(toml: string): boolean {
  const [top = ''] = removeNotify(toml).split(/^\s*\[/m, 1);
  return /^\s*notify\s*=/m.test(top);
}
