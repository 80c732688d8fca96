import { type Spread, spreadOf } from './statistics.ts';

/** Measurements of a subject and its reference, taken in turns. */
export interface Pairs {
  readonly subject: Spread;
  readonly reference: Spread;
  /** Of each pair: subject / reference. */
  readonly ratio: Spread;
}

/** Measures both in turns, A B B A, so that a machine that gets slower or faster meanwhile favours neither. */
export async function measurePairs(options: {
  readonly pairs: number;
  readonly subject: () => Promise<number>;
  readonly reference: () => Promise<number>;
}): Promise<Pairs> {
  const subjects: number[] = [];
  const references: number[] = [];
  for (let pair = 0; pair < options.pairs; pair++) {
    if (pair % 2 === 0) {
      subjects.push(await options.subject());
      references.push(await options.reference());
    } else {
      references.push(await options.reference());
      subjects.push(await options.subject());
    }
  }
  return {
    subject: spreadOf(subjects),
    reference: spreadOf(references),
    ratio: spreadOf(subjects.map((value, index) => value / (references[index] ?? Number.NaN))),
  };
}
