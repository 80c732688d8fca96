import { defineConfig } from 'vitest/config';
import { FailureReporter } from '../.ci/failure-reporter.ts';

/** Where CI wants the results as JSON, beside what is printed. */
const reportsFolder = process.env.AGENT_MONITOR_TEST_REPORTS;

/** They load the machine themselves, or look at what it has: nothing else runs beside them. */
const ALONE = [
  'bombs',
  'cardinality',
  'connect-engine',
  'disk-full',
  'hooks-spool',
  'kill',
  'many-agents',
  'overload',
  'qemu',
  'target-trouble',
].map((name) => `test/e2e/${name}.test.ts`);

/** The same for those with the engines. Labelled containers of one test would be seen by the stacks of all others. */
const STACK_ALONE = ['containers', 'machines', 'many-agents', 'outage', 'up-down'].map(
  (name) => `test/stack/${name}.test.ts`,
);

/** unit: milliseconds, no child processes. e2e: the real program and real agents, no Docker. stack: the real engines in Docker. */
export default defineConfig({
  test: {
    ...(reportsFolder === undefined
      ? { reporters: ['default'] }
      : {
          reporters: ['default', 'json', new FailureReporter(`${reportsFolder}/${process.pid}.failures`)],
          outputFile: { json: `${reportsFolder}/${process.pid}.json` },
        }),
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        test: {
          name: 'unit',
          // No test waits this long by itself; a busy machine does.
          testTimeout: 30_000,
          // Else one where there are two cores.
          maxWorkers: 2,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/stack/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Most of their time they wait for intervals and for agents.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e-alone',
          include: ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          exclude: STACK_ALONE,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'stack-alone',
          include: STACK_ALONE,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
