import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prints what failed once more (see failure-reporter.ts), and then the one line that says how the tests went, summed over
 * vitest's JSON reports in the folder given. Ends with 1 when a test failed or none ran.
 */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

const folder = process.argv[2] ?? '.';
const reports = globSync('*.json', { cwd: folder }).map(
  (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report,
);
const sum = (read: (report: Report) => number): number =>
  reports.reduce((total, report) => total + read(report), 0);
const passed = sum((report) => report.numPassedTests);
// A file that cannot even be loaded fails no test of its own.
const broken = reports.filter((report) => !report.success && report.numFailedTests === 0).length;
const failed = sum((report) => report.numFailedTests) + broken;
const skipped = sum((report) => report.numPendingTests);
for (const file of globSync('*.failures', { cwd: folder }))
  process.stdout.write(readFileSync(join(folder, file), 'utf8'));
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
