import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { ensureClaudeCode, runClaude, telemetryEnv } from '../helpers/claude-code.ts';
import { type ModelApi, startModelApi, totalUsage } from '../helpers/model-api.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const AGENTS = ['ann', 'ben', 'cat', 'dan', 'eve'];
/** Two Bash calls, a failing one, two at once, a sub-agent: what a day brings. */
const PROMPTS = ['[tools 2] a', '[fail] b', '[parallel 2] c', '[agent] d', '[tools 1] e'];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'claude-'));
  await ensureClaudeCode();
}, 300_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface UsageRow {
  readonly key: Record<string, string>;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number;
  readonly tool_calls: number;
  readonly sessions: number;
  readonly runs: number;
}

async function usageBy(bridge: RunningBridge, by: string): Promise<{ rows: UsageRow[]; total: UsageRow }> {
  return (await bridge.query(`/v1/usage?by=${by}`)) as unknown as { rows: UsageRow[]; total: UsageRow };
}

/** Runs five at once and answers what they printed, by agent, in dollars. */
async function runFive(
  api: ModelApi,
  home: string,
  mode: string,
  env: (agent: string) => Record<string, string>,
): Promise<Map<string, number>> {
  const runs = await Promise.all(
    AGENTS.map((agent, index) =>
      runClaude({
        prompt: PROMPTS[index] ?? '',
        home,
        cwd: join(root, mode, agent),
        modelUrl: api.url,
        env: env(agent),
        args: ['--allowedTools', 'Bash,Task,Agent'],
      }),
    ),
  );
  return new Map(
    runs.map((run, index) => {
      expect(run.exitCode, run.stderr).toBe(0);
      return [AGENTS[index] ?? '', run.result?.total_cost_usd ?? 0];
    }),
  );
}

/** Sums are rounded once, at the end: calls cost fractions of a micro-dollar. */
function microUsd(usd: number): number {
  return Math.round(usd * 1e6);
}

for (const requestIds of [true, false]) {
  const provider = requestIds ? 'a provider that gives request ids' : 'a provider without request ids';
  for (const mode of ['telemetry', 'transcripts', 'both'] as const) {
    it(`five at once, seen through ${mode}, with ${provider}: tokens, cost and calls are what the model API served`, async () => {
      const folder = `${mode}-${requestIds}`;
      const home = join(root, folder, 'home');
      await using api = await startModelApi({ requestIds });
      const follows = mode !== 'telemetry';
      await using bridge = await startBridge({
        host: follows ? { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] } : null,
      });
      const printed = await runFive(
        api,
        home,
        folder,
        (agent): Record<string, string> =>
          mode === 'transcripts'
            ? {}
            : telemetryEnv({ endpoint: bridge.otlpUrl, traces: false, resource: { project: 'demo', agent } }),
      );
      const served = totalUsage(api.requests);
      const truth = {
        input_tokens: served.input_tokens,
        output_tokens: served.output_tokens,
        cache_read_tokens: served.cache_read_input_tokens,
        cache_creation_tokens: served.cache_creation_input_tokens,
        cost_micro_usd: microUsd([...printed.values()].reduce((sum, cost) => sum + cost, 0)),
        tool_calls: new Set(api.requests.flatMap((request) => request.toolUseIds)).size,
        sessions: 5,
        runs: 5,
      };
      const settled = { journal: { pending_facts: 0 } };
      const seen = async (): Promise<UsageRow> => (await usageBy(bridge, 'project')).total;
      // Both: what came first is filled in by the other.
      await waitUntil(
        seen,
        (total) => total.cost_micro_usd === truth.cost_micro_usd && total.tool_calls === truth.tool_calls,
      ).catch(() => undefined);
      await waitUntil(
        () => bridge.query('/v1/status'),
        (status) => (status as typeof settled).journal.pending_facts <= 5,
      );
      expect(await seen()).toMatchObject(truth);
      if (mode === 'transcripts') return;
      const { rows } = await usageBy(bridge, 'project,agent');
      expect(
        Object.fromEntries(
          rows.map(({ key, cost_micro_usd }) => [`${key.project}/${key.agent}`, cost_micro_usd]),
        ),
      ).toEqual(Object.fromEntries([...printed].map(([agent, cost]) => [`demo/${agent}`, microUsd(cost)])));
    });
  }
}
