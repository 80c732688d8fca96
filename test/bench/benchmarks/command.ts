import { execFileSync } from 'node:child_process';
import type { Benchmark } from '../benchmark.ts';
import { measurePairs } from '../measure/pairs.ts';
import { quantile, spreadOf } from '../measure/statistics.ts';

const STARTS = 10;

/** How long the command takes to start, beside the least that Node takes. */
export const command: Benchmark = {
  name: 'command',
  async run(context) {
    const added: number[] = [];
    const pairs = await measurePairs({
      pairs: context.settings.pairs,
      subject: async () => startMs(context.program.monitor, '--version'),
      reference: async () => startMs('-e', '0'),
    });
    for (const part of ['min', 'median', 'max'] as const)
      added.push(pairs.subject[part] - pairs.reference[part]);
    return [
      {
        what: '`monitor --version`, added to `node -e 0`',
        value: spreadOf(added),
        unit: ' ms',
        reference: { name: '`node -e 0`', value: pairs.reference },
        bound: { of: 'value', better: 'lower', atLeast: 40, aim: 10 },
      },
    ];
  },
};

/** Median of some starts, milliseconds. */
function startMs(...command: readonly string[]): number {
  const durations = Array.from({ length: STARTS }, () => {
    const startedMs = performance.now();
    execFileSync(process.execPath, command);
    return performance.now() - startedMs;
  });
  return quantile(
    durations.sort((a, b) => a - b),
    0.5,
  );
}
