import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentFigures, UsageAnswer } from '../helpers/agent-figures.ts';
import { startChatCompletionsApi } from '../helpers/chat-completions-api.ts';
import { ensureGeminiCli, GEMINI_TOOLS, runGemini } from '../helpers/gemini-cli.ts';
import { startGenerateContentApi } from '../helpers/generate-content-api.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { ensureQwenCode, qwenTools, runQwen } from '../helpers/qwen-code.ts';
import type { ScriptedApi } from '../helpers/scripted-server.ts';
import { type ServedCall, sumTokens } from '../helpers/served-call.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
  await Promise.all([ensureGeminiCli(), ensureQwenCode()]);
}, 600_000);
afterAll(() => monitor[Symbol.asyncDispose]());

/** Room for a busy machine. */
const WAIT_MS = 60_000;
const PROMPT = '[tools 2] and [fail]';

interface Family {
  readonly name: string;
  startApi(folder: string): Promise<ScriptedApi>;
  run(options: Parameters<typeof runGemini>[0]): Promise<{ exitCode: number; stderr: string }>;
  /** What its transcripts tell of. */
  isInTranscript(call: ServedCall): boolean;
}

const FAMILY: readonly Family[] = [
  {
    name: 'gemini-cli',
    startApi: () => startGenerateContentApi({ tools: GEMINI_TOOLS }),
    run: runGemini,
    isInTranscript: ({ offered }) => offered.length > 0,
  },
  {
    name: 'qwen-code',
    startApi: (folder) => startChatCompletionsApi({ tools: qwenTools(folder) }),
    run: runQwen,
    isInTranscript: () => true,
  },
];

function truthOf(calls: readonly ServedCall[]): Partial<AgentFigures> {
  const { input, output, cacheRead } = sumTokens(calls);
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    tool_calls: calls.flatMap(({ toolNames }) => toolNames).length,
    sessions: 1,
    runs: 1,
  };
}

async function usage(home: MonitorHome): Promise<UsageAnswer> {
  return (await home.json<UsageAnswer>(['usage', '--by', 'project,agent'])).data;
}

async function startHome(settings: string): Promise<MonitorHome> {
  const home = await createMonitorHome(monitor);
  await home.writeSettings(settings);
  const up = await home.run(['up', '--runtime', 'embedded']);
  expect(up.exitCode, up.stderr).toBe(0);
  return home;
}

describe.each(FAMILY)('$name', ({ name, startApi, run, isInTranscript }) => {
  it('reports exactly what it used where monitor env points it, with a token', async () => {
    await using home = await startHome('tokens: always\nhistory: {import: none, follow: false}\n');
    await using api = await startApi(home.home);
    const args = ['env', name, '--project', 'a shop, mine', '--agent-name', 'alice=1', '--format', 'json'];
    const env = JSON.parse((await home.run(args)).stdout) as Record<string, string>;
    const folder = join(home.home, 'agent');
    const done = await run({
      prompt: PROMPT,
      home: folder,
      cwd: join(folder, 'work'),
      modelUrl: api.url,
      env,
    });
    expect(done.exitCode, done.stderr).toBe(0);
    const truth = truthOf(api.calls);
    const told = await waitUntil(
      () => usage(home),
      ({ total }) => total.output_tokens === truth.output_tokens && total.tool_calls === truth.tool_calls,
      WAIT_MS,
    );
    expect(told.rows).toMatchObject([{ key: { project: 'a shop, mine', agent: 'alice=1' }, ...truth }]);
  });

  it('is imported by monitor import, once however often', async () => {
    await using home = await startHome('history: {import: none, follow: false}\n');
    await using api = await startApi(home.home);
    const cwd = join(home.home, 'work');
    const done = await run({ prompt: PROMPT, home: home.home, cwd, modelUrl: api.url });
    expect(done.exitCode, done.stderr).toBe(0);
    const truth = truthOf(api.calls.filter(isInTranscript));
    for (let time = 0; time < 2; time++) {
      const imported = await home.run(['import', name]);
      expect(imported.stdout, imported.stderr).toContain('Took in 1 of 1 transcripts');
      const told = await waitUntil(
        () => usage(home),
        ({ total }) => total.output_tokens === truth.output_tokens,
        WAIT_MS,
      );
      expect(told.total).toMatchObject(truth);
    }
  });
});
