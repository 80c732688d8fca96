/**
 * `npm run bench [-- NAME...]`: measures the bridge beside its references and prints a table; all benchmarks together
 * also write it to test/bench/results.md and its figures to the README. `BENCH_SECONDS=5` makes it short.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext, Row, Skipped } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks/index.ts';
import { buildLoadGenerator } from './load/load-generator.ts';
import { assertRealDisk, describeMachine, useTwoCores } from './measure/machine.ts';
import { figuresOf, withFigures } from './readme-figures.ts';
import { renderTable } from './report.ts';
import { type BenchSettings, makeBenchFolder, readSettings } from './settings.ts';
import { buildProgram } from './subject/built-program.ts';

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(', ');
    process.stderr.write(`No benchmark is named ${unknown.join(', ')}: choose from ${known}\n`);
    return 2;
  }
  const settings = readSettings(process.env);
  useTwoCores();
  using folder = makeBenchFolder();
  assertRealDisk(folder.path);
  const context: BenchContext = {
    settings,
    folder: folder.path,
    program: buildProgram(folder.path),
    load: await buildLoadGenerator(),
    progress: (text) => process.stderr.write(`${text}\n`),
  };
  const rows: (Row | Skipped)[] = [];
  const failures: string[] = [];
  for (const benchmark of BENCHMARKS) {
    if (names.length > 0 && !names.includes(benchmark.name)) continue;
    context.progress(`${benchmark.name} ...`);
    try {
      const measured = await benchmark.run(context);
      rows.push(...measured);
      context.progress(renderTable(measured));
    } catch (error) {
      // The others still tell something.
      failures.push(`${benchmark.name}: ${error instanceof Error ? error.message : String(error)}`);
      context.progress(`${benchmark.name} failed: ${String(error)}`);
    }
  }
  const report = renderReport(settings, rows, failures);
  process.stdout.write(report);
  if (names.length === 0) publish(report);
  return failures.length === 0 ? 0 : 1;
}

/** Keeps the report beside the benchmarks, and its figures in the README. */
function publish(report: string): void {
  const readme = join(import.meta.dirname, '../../README.md');
  writeFileSync(join(import.meta.dirname, 'results.md'), report);
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), figuresOf(report)));
}

function renderReport(
  settings: BenchSettings,
  rows: readonly (Row | Skipped)[],
  failures: readonly string[],
): string {
  const how = settings.long ? 'npm run bench' : `BENCH_SECONDS=${settings.seconds} npm run bench`;
  return [
    '# Speed and size',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}.`,
    `\`${how}\`: windows of ${settings.seconds} s, ${settings.pairs} pairs in turns (A B B A), everything on the same cores.`,
    '',
    renderTable(rows),
    ...(failures.length === 0 ? [] : ['', 'Void:', ...failures.map((failure) => `- ${failure}`)]),
    '',
  ].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
