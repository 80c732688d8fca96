/**
 * Are the tests strong enough? Plants one defect after the other in a copy of the tree and runs the tests that must
 * notice it. Ends with 1 when a defect stays unnoticed, or when it can no longer be planted. `npm run test:defects`;
 * a part of a defect's name as argument runs that one alone.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DEFECTS, type Defect } from './defects.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What tests do not need, or must not touch. */
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'coverage']);
/** A test that never ends has noticed something too, but nobody wants to wait for it. */
const TIMEOUT_MS = 300_000;

/** How the tests of a tree went. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Files that could not be run at all. */
  readonly broken: number;
  readonly output: string;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What failed, for whoever has to find out why. */
function failuresOf({ testResults }: Report): string {
  return testResults
    .flatMap(({ name, message, assertionResults }) =>
      assertionResults.length === 0
        ? [`${name}: ${message}`]
        : assertionResults
            .filter(({ status }) => status === 'failed')
            .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join(' ')}`),
    )
    .join('\n');
}

/** A copy of the tree, with the packages of the original. */
async function copyTree(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'defects-'));
  await cp(ROOT, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(relative(ROOT, path).split('/')[0] ?? ''),
  });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Runs tests; what fails has to fail three times, since some have too little time on a busy machine. */
async function runTests(folder: string, files: readonly string[]): Promise<Outcome> {
  const reportFile = join(folder, 'defects-report.json');
  await rm(reportFile, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['--config', 'test/vitest.config.ts', '--project', 'unit', '--reporter=json', '--retry=2'];
  const { AGENT_MONITOR_TEST_REPORTS: _, ...env } = process.env;
  const child = spawn(process.execPath, [vitest, 'run', ...options, `--outputFile=${reportFile}`, ...files], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  try {
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as Report;
    const broken = report.testResults.filter(({ assertionResults }) => assertionResults.length === 0).length;
    const { numPassedTests: passed, numFailedTests: failed } = report;
    return { passed, failed, broken, output: failuresOf(report) };
  } catch (error) {
    return { passed: 0, failed: 0, broken: files.length, output: `${output}\n${String(error)}` };
  }
}

/** What is wrong with how a defect was noticed; null = nothing. */
async function plant(folder: string, { file, from, to, tests }: Defect): Promise<string | null> {
  const path = join(folder, file);
  const source = await readFile(path, 'utf8');
  const places = source.split(from).length - 1;
  if (places !== 1) return `cannot be planted: "${from.trim()}" is ${places} times in ${file}, expected once`;
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  try {
    const { failed, broken, output } = await runTests(folder, tests);
    if (broken > 0) return `its tests could not be run:\n${output}`;
    return failed > 0 ? null : `was not noticed by ${tests.join(', ')}`;
  } finally {
    await writeFile(path, source);
  }
}

const [, , wanted = ''] = process.argv;
const defects = DEFECTS.filter(({ name }) => name.includes(wanted));
const folders = await Promise.all(
  Array.from({ length: Math.min(defects.length, Math.max(1, availableParallelism())) }, copyTree),
);
const problems: string[] = [];
let noticed = 0;
try {
  const [first = ROOT] = folders;
  const whole = await runTests(first, [...new Set(defects.flatMap(({ tests }) => tests))]);
  if (whole.failed + whole.broken > 0 || whole.passed === 0) {
    problems.push(`the tests do not pass as they are:\n${whole.output}`);
  } else {
    const waiting = [...defects];
    await Promise.all(
      folders.map(async (folder) => {
        for (let defect = waiting.shift(); defect !== undefined; defect = waiting.shift()) {
          const problem = await plant(folder, defect);
          if (problem === null) noticed += 1;
          else problems.push(`${defect.name}: ${problem}`);
          process.stdout.write(`${problem === null ? 'noticed    ' : 'UNNOTICED  '} ${defect.name}\n`);
        }
      }),
    );
  }
} finally {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${noticed} of ${defects.length} defects noticed\n`);
const { AGENT_MONITOR_TEST_REPORTS: reports } = process.env;
if (reports !== undefined) {
  const report = {
    numPassedTests: noticed,
    numFailedTests: problems.length,
    numPendingTests: 0,
    success: problems.length === 0,
  };
  await writeFile(join(reports, 'defects.json'), JSON.stringify(report));
}
process.exitCode = problems.length === 0 && noticed > 0 ? 0 : 1;
