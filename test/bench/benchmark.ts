import type { LoadGenerator } from './load/load-generator.ts';
import type { Spread } from './measure/statistics.ts';
import type { BenchSettings } from './settings.ts';
import type { BuiltProgram } from './subject/built-program.ts';

/** What benchmarks work with. */
export interface BenchContext {
  readonly settings: BenchSettings;
  /** On the disk that is measured; goes when all is done. */
  readonly folder: string;
  readonly program: BuiltProgram;
  readonly load: LoadGenerator;
  /** Says on the terminal how far a benchmark is. */
  progress(text: string): void;
}

/** What a figure has to be. */
export interface Bound {
  readonly of: 'ratio' | 'value';
  readonly better: 'higher' | 'lower';
  readonly atLeast: number;
  readonly aim?: number;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly value: Spread;
  readonly unit: string;
  /** Measured in turns with the value. */
  readonly reference?: { readonly name: string; readonly value: Spread };
  readonly ratio?: Spread;
  readonly bound?: Bound;
  /** What else was seen: parts of the answer to "how was that possible?". */
  readonly note?: string;
}

/** A benchmark could not run, and why. */
export interface Skipped {
  readonly what: string;
  readonly skipped: string;
}

/** Something that is measured. */
export interface Benchmark {
  /** What `npm run bench -- NAME` selects it by. */
  readonly name: string;
  /** Needs what it opens; leaves nothing behind. @throws Error when an end state is wrong: the figure is void then */
  run(context: BenchContext): Promise<readonly (Row | Skipped)[]>;
}
