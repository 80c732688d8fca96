import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prints every test that failed once more, and then the one line that says how the tests went, summed over vitest's JSON
 * reports in the folder given. Ends with 1 when a test failed or none ran.
 */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Of what is said of one failure. */
const MAX_MESSAGE_CHARS = 2000;

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
for (const { name, status, message, assertionResults } of reports.flatMap(
  (report) => report.testResults ?? [],
)) {
  const failures = assertionResults.filter((result) => result.status === 'failed');
  if (status === 'failed' && failures.length === 0) tell(`FAILED ${name}`, message);
  for (const { fullName, failureMessages } of failures)
    tell(`FAILED ${name} > ${fullName}`, failureMessages.join('\n'));
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);

function tell(title: string, message: string): void {
  process.stdout.write(`${title}\n${message.slice(0, MAX_MESSAGE_CHARS)}\n\n`);
}
