/** Runs work when it is its turn. Answers what the work answers. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** So many at once, the others in line: for work that holds much memory and gains nothing from company. */
export function takeTurns(limit: number): Turns {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => line.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Whoever is next takes over this place.
      const next = line.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
