/** Attributes of a count: few names, each with few values. */
export type TallyAttributes = Readonly<Record<string, string>>;

/** Counts by attributes, cheap enough for every event; the SDK reads it when it exports. */
export interface Tally {
  add(count: number, attributes: TallyAttributes): void;
  /** Every count so far. */
  entries(): Iterable<{ readonly count: number; readonly attributes: TallyAttributes }>;
}

/** Creates an empty tally. */
export function createTally(): Tally {
  const counts = new Map<string, { count: number; readonly attributes: TallyAttributes }>();
  return {
    add(count, attributes) {
      const key = Object.values(attributes).join('\n');
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { count, attributes });
      else known.count += count;
    },
    entries: () => counts.values(),
  };
}
