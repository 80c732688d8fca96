import { defineConfig } from 'vitest/config';

/** Where CI wants the results as JSON, beside what is printed. */
const reportsFolder = process.env.AGENT_MONITOR_TEST_REPORTS;

/** unit: milliseconds, no child processes. e2e: the real program and real agents, no Docker. stack: the real engines in Docker. */
export default defineConfig({
  test: {
    reporters: reportsFolder === undefined ? ['default'] : ['default', 'json'],
    ...(reportsFolder === undefined ? {} : { outputFile: { json: `${reportsFolder}/${process.pid}.json` } }),
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        test: {
          name: 'unit',
          // No test waits this long by itself; a busy machine does.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/stack/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
