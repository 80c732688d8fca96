import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChatCompletionsApi } from '../helpers/chat-completions-api.ts';
import { ensureGeminiCli, GEMINI_TOOLS, runGemini } from '../helpers/gemini-cli.ts';
import { startGenerateContentApi } from '../helpers/generate-content-api.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { ensureQwenCode, qwenTools, runQwen } from '../helpers/qwen-code.ts';
import { sumTokens } from '../helpers/served-call.ts';
import { type RunningStack, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const AGENTS = ['ann', 'ben', 'cat'];
const PROMPT = '[tools 1] [fail] raw metrics';

let monitor: InstalledMonitor;
let stack: RunningStack;
beforeAll(async () => {
  monitor = await installMonitor();
  await Promise.all([ensureGeminiCli(), ensureQwenCode()]);
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stderr).toBe(0);
}, 600_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
});

/** What `monitor env` prints for an agent. */
async function environment(kind: string, agent: string): Promise<Record<string, string>> {
  const args = ['env', kind, '--project', 'demo', '--agent-name', agent, '--format', 'json'];
  return JSON.parse(await stack.monitor(...args)) as Record<string, string>;
}

/** The sums of an agent's own token metric by type, once they are what is expected. */
async function expectRaw(metric: string, expected: Readonly<Record<string, number>>): Promise<void> {
  const sums = async (): Promise<Record<string, number>> => {
    const samples = await stack.prometheus(`sum by (type) (${metric}{project="demo"})`);
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.type, value]));
  };
  await waitUntil(sums, (told) => told.input === expected.input).catch(() => undefined);
  expect(await sums()).toMatchObject(expected);
  const agents = await stack.prometheus(`count by (agent) (${metric}{project="demo"})`);
  expect(agents.map(({ labels }) => labels.agent).sort()).toEqual(AGENTS);
}

/** The same tokens in the monitor's own metric. */
async function expectOwn(framework: string, expected: Readonly<Record<string, number>>): Promise<void> {
  const sums = async (): Promise<Record<string, number>> => {
    const query = `sum by (gen_ai_token_type) (agent_token_usage_total{agent_framework="${framework}"})`;
    const samples = await stack.prometheus(query);
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.gen_ai_token_type, value]));
  };
  await waitUntil(sums, (told) => told.output === expected.output).catch(() => undefined);
  expect(await sums()).toEqual(expected);
}

describe('three at once on the real stack', () => {
  it("keeps Gemini CLI's own metrics exact beside the monitor's", async () => {
    await using api = await startGenerateContentApi({ tools: GEMINI_TOOLS });
    const home = join(stack.home.home, 'gemini');
    await Promise.all(
      AGENTS.map(async (agent) => {
        const env = await environment('gemini-cli', agent);
        const run = await runGemini({ prompt: PROMPT, home, cwd: join(home, agent), modelUrl: api.url, env });
        expect(run.exitCode, run.stderr).toBe(0);
      }),
    );
    const { input, output, cacheRead, reasoning, toolUse } = sumTokens(api.calls);
    await expectRaw('gemini_cli_token_usage_total', {
      input: input - toolUse + cacheRead,
      output: output - reasoning,
      cache: cacheRead,
      thought: reasoning,
      tool: toolUse,
    });
    await expectOwn('gemini-cli', { input, output, cache_read: cacheRead });
  });

  it("keeps Qwen Code's own metrics exact beside the monitor's", async () => {
    const home = join(stack.home.home, 'qwen');
    await using api = await startChatCompletionsApi({ tools: qwenTools(home) });
    await Promise.all(
      AGENTS.map(async (agent) => {
        const env = await environment('qwen-code', agent);
        const run = await runQwen({ prompt: PROMPT, home, cwd: join(home, agent), modelUrl: api.url, env });
        expect(run.exitCode, run.stderr).toBe(0);
      }),
    );
    const { input, output, cacheRead, reasoning } = sumTokens(api.calls);
    await expectRaw('qwen_code_token_usage_total', {
      input: input + cacheRead,
      output,
      cache: cacheRead,
      thought: reasoning,
    });
    await expectOwn('qwen-code', { input, output, cache_read: cacheRead });
  });
});
