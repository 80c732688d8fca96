import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderEnvironment } from '../../cli/agents/render-environment.ts';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { startModelApi, totalUsage } from '../helpers/model-api.ts';
import { createMonitorHome, type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
  await ensureClaudeCode();
}, 300_000);
afterAll(() => monitor[Symbol.asyncDispose]());

interface Usage {
  readonly rows: readonly (Readonly<Record<string, unknown>> & { readonly output_tokens: number })[];
}

describe('the settings that monitor env prints', () => {
  it.each(['auto', 'always'])(
    'make real Claude Code report exactly what it used, with tokens: %s',
    async (tokens) => {
      await using home = await createMonitorHome(monitor);
      await home.writeSettings(`tokens: ${tokens}\nhistory: {import: none, follow: false}\n`);
      await home.run(['up', '--runtime', 'embedded']);
      const printed = await home.run([
        'env',
        'claude-code',
        '--project',
        'a shop, mine',
        '--agent-name',
        'alice=1',
        '--format',
        'json',
      ]);
      await using api = await startModelApi();
      const run = await runClaude({
        prompt: '[tools 2] and [fail]',
        home: join(home.home, 'agent'),
        cwd: join(home.home, 'agent/work'),
        modelUrl: api.url,
        env: JSON.parse(printed.stdout) as Record<string, string>,
      });
      expect(run.exitCode, run.stderr).toBe(0);
      const served = totalUsage(api.requests);
      const usage = await waitUntil(
        () => home.json<Usage>(['usage', '--by', 'project,agent']),
        ({ data }) => data.rows[0]?.output_tokens === served.output_tokens,
      );
      expect(usage.data.rows).toMatchObject([
        {
          key: { project: 'a shop, mine', agent: 'alice=1' },
          sessions: 1,
          runs: 1,
          tool_calls: 3,
          errors: 1,
          input_tokens: served.input_tokens,
          output_tokens: served.output_tokens,
          cache_read_tokens: served.cache_read_input_tokens,
          cache_creation_tokens: served.cache_creation_input_tokens,
          cost_micro_usd: Math.round((run.result?.total_cost_usd ?? 0) * 1e6),
        },
      ]);
    },
  );
});

describe('renderEnvironment() for a shell', () => {
  it('gives a real shell exactly the values, whatever they are', () => {
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(value, (text) => {
        const script = `${renderEnvironment({ A: text }, { format: 'shell' })}\nprintf %s "$A"`;
        expect(execFileSync('/bin/sh', ['-c', script]).toString()).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});
