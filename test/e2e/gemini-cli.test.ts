import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { geminiCli } from '../../cli/agents/gemini-cli.ts';
import { type AgentFigures, counterSums, sumOf, usageBy } from '../helpers/agent-figures.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { ensureGeminiCli, GEMINI_TOOLS, runGemini } from '../helpers/gemini-cli.ts';
import { startGenerateContentApi } from '../helpers/generate-content-api.ts';
import { importTranscripts } from '../helpers/import-transcripts.ts';
import type { ScriptedApi } from '../helpers/scripted-server.ts';
import { type ServedCall, sumTokens } from '../helpers/served-call.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Commands, one that fails, two at once, a file, two sub-agents at once, a command that a policy forbids, no tool. */
const PROMPTS: Readonly<Record<string, string>> = {
  ann: '[tools 2] [fail] a',
  ben: '[parallel 2] [write hello.txt] b',
  cat: '[agents 2] c',
  dan: '[bash forbidden now] [call nope {}] d',
};
/** Room for a busy machine. */
const WAIT_MS = 60_000;
/** As long as the first one: nothing but its place tells this prompt from it. */
const RESUMED = { agent: 'ann', prompt: '[tools 1] [fail] a' };
const POLICY =
  '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "forbidden"\ndecision = "deny"\npriority = 999\n';
/** List prices, nano-dollars per token. */
const NANO_USD: Readonly<Record<string, { input: number; cacheRead: number; output: number }>> = {
  'gemini-3.8-flash': { input: 750, cacheRead: 75, output: 3750 },
  'gemini-3.5-flash-lite': { input: 300, cacheRead: 30, output: 2500 },
};

/** How the calls of all prompts end. */
const OUTCOMES = {
  'complete_task success': 2,
  'invoke_agent success': 2,
  'nope error': 1,
  'run_shell_command failure': 2,
  'run_shell_command rejected': 1,
  'run_shell_command success': 7,
  'write_file success': 1,
};
/** Gemini CLI exports no exit codes where it exports no prompts: a command that ran is a success. */
const WITHOUT_EXIT_CODES = Object.fromEntries(
  Object.entries({ ...OUTCOMES, 'run_shell_command success': 9 }).filter(
    ([name]) => name !== 'run_shell_command failure',
  ),
);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gemini-'));
  await ensureGeminiCli();
}, 300_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** What transcripts tell of: they have no word of the calls by which a model is chosen. */
function isInTranscript({ offered }: ServedCall): boolean {
  return offered.length > 0;
}

function truthOf(calls: readonly ServedCall[]): AgentFigures {
  const tokens = sumTokens(calls);
  const nanoUsd = calls.reduce((sum, { model, tokens: { input, cacheRead, output } }) => {
    const price = NANO_USD[model];
    if (price === undefined) throw new Error(`No price for ${model}`);
    return sum + input * price.input + cacheRead * price.cacheRead + output * price.output;
  }, 0);
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_creation_tokens: 0,
    cost_micro_usd: Math.round(nanoUsd / 1000),
    tool_calls: calls.flatMap(({ toolNames }) => toolNames).length,
    sessions: 4,
    runs: 5,
  };
}

/** What `monitor env gemini-cli` sets. */
function telemetryEnv(bridge: RunningBridge, agent: string): Record<string, string> {
  return {
    ...geminiCli.environment({
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
  const policy = join(home, 'policy.toml');
  await mkdir(home, { recursive: true });
  await writeFile(policy, POLICY);
  const args = ['--approval-mode', 'yolo', '--policy', policy];
  const run = async (agent: string, prompt: string, more: readonly string[] = []): Promise<string> => {
    const { exitCode, stderr, sessionId } = await runGemini({
      prompt,
      home,
      cwd: join(root, folder, agent),
      modelUrl: api.url,
      args: [...args, ...more],
      ...(bridge === undefined ? {} : { env: telemetryEnv(bridge, agent) }),
    });
    expect(exitCode, `${agent}: ${stderr}`).toBe(0);
    return sessionId;
  };
  const sessions = await Promise.all(
    Object.entries(PROMPTS).map(async ([agent, prompt]) => [agent, await run(agent, prompt)] as const),
  );
  const resumed = await run(RESUMED.agent, RESUMED.prompt, ['--resume', 'latest']);
  expect(resumed).toBe(new Map(sessions).get(RESUMED.agent));
}

for (const mode of ['telemetry', 'transcripts', 'both'] as const) {
  it(`four at once and one resumed, seen through ${mode}: figures are what the model API served`, async () => {
    const home = join(root, mode, 'home');
    const host = { homes: [home], import_days: 30, follow: true, hostname: 'box', notify: [] };
    await using api = await startGenerateContentApi({ tools: GEMINI_TOOLS });
    await using bridge = await startBridge({
      host: mode === 'telemetry' ? null : host,
      // Transcripts may be read a while after telemetry came.
      facts: { settle_ms: 10_000, history_after_ms: 86_400_000 },
    });
    await work(api, home, mode, mode === 'transcripts' ? undefined : bridge);
    expect(api.unknown).toEqual([]);

    const inTranscripts = api.calls.filter(isInTranscript);
    const truth = truthOf(mode === 'transcripts' ? inTranscripts : api.calls);
    expect(truth).toMatchObject({ tool_calls: 16 });
    await waitUntil(
      () => counterSums(bridge, 'agent.tool.call.count', 'gen_ai.tool.name'),
      (calls) => sumOf(calls) === truth.tool_calls,
      WAIT_MS,
    );
    await expectFigures(bridge, truth, mode);
    const counted = countedCalls(bridge);
    expect(counted).toEqual(mode === 'telemetry' ? WITHOUT_EXIT_CODES : OUTCOMES);
    await waitUntil(
      () => counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type'),
      (tokens) => tokens.output === truth.output_tokens,
      WAIT_MS,
    );
    expect(counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type')).toEqual({
      input: truth.input_tokens,
      output: truth.output_tokens,
      cache_read: truth.cache_read_tokens,
    });
    await waitUntil(
      () => counterSums(bridge, 'agent.run.count'),
      (runs) => mode === 'transcripts' || sumOf(runs) === truth.runs,
      WAIT_MS,
    );

    await importTranscripts(bridge, home, 'gemini-cli');
    await importTranscripts(bridge, home, 'gemini-cli');
    await waitUntil(
      () => bridge.query('/v1/status'),
      (status) => (status as { journal: { pending_facts: number } }).journal.pending_facts <= 1,
      WAIT_MS,
    );
    await expectFigures(bridge, truth, mode);
    expect(countedCalls(bridge), 'counters do not move').toEqual(counted);
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
