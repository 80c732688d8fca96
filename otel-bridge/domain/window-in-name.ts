/** A size of context in a model's name: `claude-sonnet-4-5[1m]`. */
const SUFFIX = /\[(\d+)([km])\]$/i;
const UNITS: Readonly<Record<string, number>> = { k: 1000, m: 1_000_000 };

/** The context window, in tokens, that a model's name itself tells; null where it tells none. */
export function windowInName(model: string): number | null {
  const [, size, unit] = SUFFIX.exec(model) ?? [];
  return size === undefined || unit === undefined ? null : Number(size) * (UNITS[unit.toLowerCase()] ?? 1);
}
