import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { qwenCode } from '../../cli/agents/qwen-code.ts';
import { type AgentFigures, counterSums, sumOf, usageBy } from '../helpers/agent-figures.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { startChatCompletionsApi } from '../helpers/chat-completions-api.ts';
import { importTranscripts } from '../helpers/import-transcripts.ts';
import { ensureQwenCode, QWEN_MODEL, qwenTools, runQwen } from '../helpers/qwen-code.ts';
import type { ScriptedApi } from '../helpers/scripted-server.ts';
import { type ServedCall, sumTokens } from '../helpers/served-call.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Commands, one that fails, two at once, a file, two sub-agents at once and one in the background, no tool. */
const PROMPTS: Readonly<Record<string, string>> = {
  ann: '[tools 2] [fail] a',
  ben: '[parallel 2] [write hello.txt] b',
  cat: '[agents 2] [background] c',
  dan: '[bash echo denied] [call nope {}] d',
};
/** Room for a busy machine. */
const WAIT_MS = 60_000;
/** As long as the first one: nothing but its place tells this prompt from it. */
const RESUMED = { agent: 'ann', prompt: '[tools 1] [fail] a' };
/** How the calls of all prompts end. */
const OUTCOMES = {
  'agent success': 3,
  'nope error': 1,
  'run_shell_command failure': 2,
  'run_shell_command rejected': 1,
  'run_shell_command success': 8,
  'write_file success': 1,
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'qwen-'));
  await ensureQwenCode();
}, 300_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

function truthOf(calls: readonly ServedCall[]): AgentFigures {
  const tokens = sumTokens(calls);
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_creation_tokens: 0,
    cost_micro_usd: null,
    tool_calls: calls.flatMap(({ toolNames }) => toolNames).length,
    sessions: 4,
    runs: 5,
  };
}

/** What `monitor env qwen-code` sets. */
function telemetryEnv(bridge: RunningBridge, agent: string): Record<string, string> {
  return {
    ...qwenCode.environment({
      otlpEndpoint: bridge.otlpUrl,
      token: null,
      project: 'demo',
      agent: `the ${agent}`,
      hostname: 'box',
      metricIntervalMs: 1000,
      logIntervalMs: 1000,
      traces: true,
      internalSpans: false,
      includeAccount: false,
      privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
    }),
  };
}

/** Four at once, then one of them goes on. */
async function work(api: ScriptedApi, home: string, folder: string, bridge?: RunningBridge): Promise<void> {
  const run = async (agent: string, prompt: string, args: readonly string[]): Promise<string> => {
    const { exitCode, stderr, sessionId } = await runQwen({
      prompt,
      home,
      cwd: join(root, folder, agent),
      modelUrl: api.url,
      args,
      ...(bridge === undefined ? {} : { env: telemetryEnv(bridge, agent) }),
    });
    expect(exitCode, `${agent}: ${stderr}`).toBe(0);
    return sessionId;
  };
  const sessions = await Promise.all(
    Object.entries(PROMPTS).map(async ([agent, prompt]) => {
      // Without a person who could allow it, a command is denied.
      const args = agent === 'dan' ? [] : ['--yolo'];
      return [agent, await run(agent, prompt, args)] as const;
    }),
  );
  const first = new Map(sessions).get(RESUMED.agent) ?? '';
  expect(await run(RESUMED.agent, RESUMED.prompt, ['--yolo', '--resume', first])).toBe(first);
}

for (const mode of ['telemetry', 'transcripts', 'both'] as const) {
  it(`four at once and one resumed, seen through ${mode}: figures are what the model API served`, async () => {
    const home = join(root, mode, 'home');
    const host = { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] };
    await using api = await startChatCompletionsApi({ tools: qwenTools(join(root, mode, 'ben')) });
    await using bridge = await startBridge({
      host: mode === 'telemetry' ? null : host,
      // Transcripts may be read a while after telemetry came.
      facts: { settle_ms: 10_000, history_after_ms: 86_400_000 },
    });
    await work(api, home, mode, mode === 'transcripts' ? undefined : bridge);
    expect(api.unknown).toEqual([]);

    const truth = truthOf(api.calls);
    expect(truth).toMatchObject({ tool_calls: 16 });
    await waitUntil(
      () => counterSums(bridge, 'agent.tool.call.count', 'gen_ai.tool.name'),
      (calls) => sumOf(calls) === truth.tool_calls,
      WAIT_MS,
    );
    await waitUntil(
      () => counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type'),
      (tokens) => tokens.output === truth.output_tokens,
      WAIT_MS,
    );
    await expectFigures(bridge, truth, mode);
    expect(countedCalls(bridge)).toEqual(OUTCOMES);
    expect(counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type')).toEqual({
      input: truth.input_tokens,
      output: truth.output_tokens,
      cache_read: truth.cache_read_tokens,
    });
    const { rows } = await usageBy(bridge, 'model');
    const byModel = new Map(rows.map((row) => [row.key.model, row]));
    expect(byModel.get(QWEN_MODEL), 'a model without a price is named').toMatchObject({
      cost_micro_usd: null,
      unpriced_requests: api.calls.length,
    });

    await importTranscripts(bridge, home, 'qwen-code');
    await importTranscripts(bridge, home, 'qwen-code');
    await waitUntil(
      () => bridge.query('/v1/status'),
      (told) => (told as { journal: { pending_facts: number } }).journal.pending_facts <= 1,
      WAIT_MS,
    );
    await expectFigures(bridge, truth, mode);
    expect(countedCalls(bridge), 'counters do not move').toEqual(OUTCOMES);
  });
}

/** Calls by name and outcome, as they were counted. */
function countedCalls(bridge: RunningBridge): Record<string, number> {
  return counterSums(bridge, 'agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome');
}

async function expectFigures(bridge: RunningBridge, truth: AgentFigures, mode: string): Promise<void> {
  expect((await usageBy(bridge, 'project')).total).toMatchObject(truth);
  if (mode === 'transcripts') return;
  const { rows } = await usageBy(bridge, 'project,agent');
  const calls = Object.fromEntries(
    rows.map(({ key, tool_calls }) => [`${key.project}/${key.agent}`, tool_calls]),
  );
  expect(calls).toEqual({ 'demo/the ann': 5, 'demo/the ben': 3, 'demo/the cat': 6, 'demo/the dan': 2 });
}
