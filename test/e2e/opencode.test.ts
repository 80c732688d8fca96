import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { opencode } from '../../cli/agents/opencode.ts';
import { type AgentFigures, counterSums, sumOf, usageBy } from '../helpers/agent-figures.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { startChatCompletionsApi } from '../helpers/chat-completions-api.ts';
import { servedFigures } from '../helpers/chat-truth.ts';
import { OPENCODE_TOOLS, startOpenCode } from '../helpers/opencode.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** One after the other on one server: commands, one that fails, two at once, a sub-agent, one that is not allowed. */
const PROMPTS: readonly (readonly [prompt: string, args: readonly string[]])[] = [
  ['[tools 2] [fail] a', []],
  ['[parallel 2] again', ['--continue']],
  ['[agent] c', []],
  ['[bash touch x] d', []],
];
/** The sub-agent's session is one of its own, with a run of its own. */
const SESSIONS = 4;
const RUNS = 5;

const OUTCOMES = { 'bash failure': 1, 'bash rejected': 1, 'bash success': 5, 'task success': 1 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'opencode-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** What `monitor env opencode` sets. */
function telemetryEnv(bridge: RunningBridge): Readonly<Record<string, string>> {
  return opencode.environment({
    otlpEndpoint: bridge.otlpUrl,
    token: null,
    project: 'demo',
    agent: 'the ann',
    hostname: 'box',
    metricIntervalMs: 1000,
    logIntervalMs: 1000,
    traces: true,
    internalSpans: false,
    includeAccount: false,
    privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
  });
}

it('a real OpenCode server and its clients: figures are what the model API served', async () => {
  await using api = await startChatCompletionsApi({ tools: OPENCODE_TOOLS });
  await using bridge = await startBridge();
  await using server = await startOpenCode({
    home: join(root, 'home'),
    cwd: join(root, 'home', 'demo'),
    modelUrl: api.url,
    env: telemetryEnv(bridge),
    permission: { bash: { '*': 'allow', 'touch *': 'deny' }, edit: 'allow' },
  });
  for (const [prompt, args] of PROMPTS) {
    const done = await server.run(prompt, args);
    expect(done.exitCode, done.stderr).toBe(0);
  }

  const truth: AgentFigures = { ...servedFigures(api.calls), sessions: SESSIONS, runs: RUNS };
  expect(truth.tool_calls).toBe(sumOf(OUTCOMES));
  const whole = truth.input_tokens + truth.output_tokens + truth.cache_read_tokens;
  await waitUntil(
    () => counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type'),
    (tokens) => sumOf(tokens) >= whole,
  );
  expect(counterSums(bridge, 'agent.token.usage', 'gen_ai.token.type')).toEqual({
    input: truth.input_tokens,
    output: truth.output_tokens,
    cache_read: truth.cache_read_tokens,
  });
  expect(counterSums(bridge, 'agent.tool.call.count', 'gen_ai.tool.name', 'agent.outcome')).toEqual(OUTCOMES);
  expect(counterSums(bridge, 'agent.api.request.count', 'gen_ai.request.model')).toEqual(
    Object.fromEntries(
      Object.entries(Object.groupBy(api.calls, ({ model }) => model)).map(([model, calls]) => [
        model,
        calls?.length,
      ]),
    ),
  );
  await waitUntil(
    () => sumOf(counterSums(bridge, 'agent.run.count', 'agent.outcome')),
    (count) => count === truth.runs,
  );
  expect((await usageBy(bridge, 'project')).total).toMatchObject(truth);
  expect(sumOf(counterSums(bridge, 'agent.session.count', 'agent.session.start_type'))).toBe(SESSIONS);
  const { sessions } = (await bridge.query('/v1/sessions?limit=10')) as { sessions: { agent: string }[] };
  expect(sessions).toHaveLength(SESSIONS);
}, 300_000);
