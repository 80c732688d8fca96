import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copilot } from '../../cli/agents/copilot.ts';
import { type AgentFigures, counterSums, sumOf, usageBy } from '../helpers/agent-figures.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { startChatCompletionsApi } from '../helpers/chat-completions-api.ts';
import { servedFigures } from '../helpers/chat-truth.ts';
import { COPILOT_TOOLS, runCopilotCli } from '../helpers/copilot-cli.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Commands, one that fails, two at once, a file, a sub-agent, a command that is not allowed, a tool that is not there. */
const PROMPTS: Readonly<Record<string, string>> = {
  ann: '[tools 2] [fail] a',
  ben: '[parallel 2] [write hello.txt] b',
  cat: '[agent] c',
  dan: '[bash touch x] [call nope {}] d',
};
const RESUMED = { agent: 'ann', prompt: '[tools 1] [fail] again' };

const OUTCOMES = {
  'bash failure': 2,
  'bash rejected': 1,
  'bash success': 6,
  'create success': 1,
  'nope failure': 1,
  'task success': 1,
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'copilot-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** What `monitor env copilot` sets. */
function telemetryEnv(bridge: RunningBridge, agent: string): Readonly<Record<string, string>> {
  return copilot.environment({
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
  });
}

it('four real Copilots at once and one resumed: figures are what the model API served', async () => {
  await using api = await startChatCompletionsApi({ tools: COPILOT_TOOLS, errors: [500] });
  await using bridge = await startBridge();
  const run = async (agent: string, prompt: string, more: readonly string[] = []): Promise<string> => {
    const done = await runCopilotCli({
      prompt,
      home: join(root, agent),
      cwd: join(root, agent, 'demo'),
      modelUrl: api.url,
      env: telemetryEnv(bridge, agent),
      args: ['--allow-all-tools', ...(agent === 'dan' ? ['--deny-tool', 'shell'] : []), ...more],
    });
    expect(done.exitCode, `${agent}: ${done.stderr}`).toBe(0);
    return done.sessionId;
  };
  const sessions = await Promise.all(
    Object.entries(PROMPTS).map(async ([agent, prompt]) => [agent, await run(agent, prompt)] as const),
  );
  const first = new Map(sessions).get(RESUMED.agent) ?? '';
  expect(await run(RESUMED.agent, RESUMED.prompt, [`--resume=${first}`])).toBe(first);

  const truth: AgentFigures = { ...servedFigures(api.calls), sessions: 4, runs: 5 };
  expect(truth.tool_calls).toBe(sumOf(OUTCOMES));
  await waitUntil(
    () => counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type'),
    (tokens) => sumOf(tokens) >= truth.input_tokens + truth.output_tokens + truth.cache_read_tokens,
  );
  expect((await usageBy(bridge, 'project')).total).toMatchObject(truth);
  expect(counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type')).toEqual({
    input: truth.input_tokens,
    output: truth.output_tokens,
    cache_read: truth.cache_read_tokens,
  });
  expect(counterSums(bridge, 'agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome')).toEqual(OUTCOMES);
  expect(sumOf(counterSums(bridge, 'agent.api.request.count', 'gen_ai.request.model'))).toBe(
    api.calls.length,
  );
  expect(
    counterSums(bridge, 'agent.permission.decision.count', 'gen_ai.tool.name', 'agent.decision'),
  ).toEqual({ 'bash reject': 1 });
  await waitUntil(
    () => sumOf(counterSums(bridge, 'agent.session.count', 'agent.session.start_type')),
    (count) => count === truth.sessions,
  );
  expect(sumOf(counterSums(bridge, 'agent.run.count', 'agent.outcome'))).toBe(truth.runs);
  const { rows } = await usageBy(bridge, 'agent');
  expect(rows.map(({ key }) => key.agent).sort()).toEqual(['the ann', 'the ben', 'the cat', 'the dan']);
}, 300_000);
