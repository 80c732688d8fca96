/**
 * Records what the real Gemini CLI and Qwen Code write and export into test/fixtures/gemini-cli/ and qwen-code/.
 *
 *     node test/helpers/record-gemini-family.ts [AGENT/SCENARIO...]
 *
 * Run it again when a pinned version changes and review the difference: that is what changed for us.
 */
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startChatCompletionsApi } from './chat-completions-api.ts';
import { GEMINI_CLI_VERSION, GEMINI_TOOLS, runGemini } from './gemini-cli.ts';
import { startGenerateContentApi } from './generate-content-api.ts';
import { startOtlpRecorder } from './otlp-recorder.ts';
import { QWEN_CODE_VERSION, qwenTools, runQwen } from './qwen-code.ts';
import type { ScriptedApi } from './scripted-server.ts';

interface Scenario {
  /** What it shows, for truth.json. */
  readonly shows: string;
  /** Prompts and what follows them; `SESSION` becomes the id of the first run's session. */
  readonly runs: readonly { readonly prompt: string; readonly args?: readonly string[] }[];
  /** Statuses of the first calls. */
  readonly errors?: readonly number[];
  /** Whether prompts are exported. */
  readonly prompts?: true;
}

interface Agent {
  readonly version: string;
  readonly defaultArgs: readonly string[];
  readonly scenarios: Readonly<Record<string, Scenario>>;
  /** Where its transcripts lie below a home, and their files there. */
  readonly transcripts: { readonly folder: string; readonly pattern: string };
  readonly environmentPrefix: string;
  startApi(cwd: string, errors: readonly number[]): Promise<ScriptedApi>;
  run(options: Parameters<typeof runGemini>[0]): Promise<{ sessionId: string; exitCode: number }>;
}

const POLICY =
  '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "forbidden"\ndecision = "deny"\npriority = 999\n';

const SHARED: Readonly<Record<string, Scenario>> = {
  basic: { shows: 'two commands and one that exits with 3', runs: [{ prompt: '[tools 2] [fail] basic' }] },
  files: {
    shows: 'two commands at once, a file written',
    runs: [{ prompt: '[parallel 2] [write hello.txt] files' }],
  },
  subagents: { shows: 'two sub-agents at once, a command each', runs: [{ prompt: '[agents 2] delegate' }] },
  'api-error': {
    shows: 'a call of the model that is refused for good',
    runs: [{ prompt: '[tools 1] refused' }],
    errors: [400, 400, 400, 400],
  },
  'api-retry': {
    shows: 'a call of the model that fails and is repeated',
    runs: [{ prompt: '[tools 1] retried' }],
    errors: [500],
  },
  'prompts-exported': {
    shows: 'the same as basic, with prompts exported',
    runs: [{ prompt: '[tools 1] [fail] exported' }],
    prompts: true,
  },
};

const AGENTS: Readonly<Record<string, Agent>> = {
  'gemini-cli': {
    version: GEMINI_CLI_VERSION,
    defaultArgs: ['--approval-mode', 'yolo'],
    environmentPrefix: 'GEMINI',
    transcripts: { folder: '.gemini/tmp', pattern: '*/chats/**/*.jsonl' },
    scenarios: {
      ...SHARED,
      denied: {
        shows: 'a command that a policy forbids, a tool that does not exist',
        runs: [
          {
            prompt: '[bash forbidden now] [call nope {}] denied',
            args: ['--approval-mode', 'yolo', '--policy', 'POLICY'],
          },
        ],
      },
      resume: {
        shows: 'a session continued by a second process',
        runs: [
          { prompt: '[tools 1] first' },
          { prompt: '[fail] again', args: ['--approval-mode', 'yolo', '--resume', 'latest'] },
        ],
      },
    },
    startApi: (_cwd, errors) => startGenerateContentApi({ tools: GEMINI_TOOLS, errors }),
    run: runGemini,
  },
  'qwen-code': {
    version: QWEN_CODE_VERSION,
    defaultArgs: ['--yolo'],
    environmentPrefix: 'QWEN',
    transcripts: { folder: '.qwen/projects', pattern: '*/{chats,subagents}/**/*' },
    scenarios: {
      ...SHARED,
      background: { shows: 'a sub-agent in the background', runs: [{ prompt: '[background] delegate' }] },
      denied: {
        shows: 'a command that nobody could be asked about, a tool that does not exist',
        runs: [{ prompt: '[bash echo denied] [call nope {}] denied', args: [] }],
      },
      resume: {
        shows: 'a session continued by a second process, and its context compressed by a third',
        runs: [
          { prompt: '[tools 1] first' },
          { prompt: '[fail] again', args: ['--yolo', '--resume', 'SESSION'] },
          { prompt: '/compress', args: ['--yolo', '--resume', 'SESSION'] },
        ],
      },
    },
    startApi: (cwd, errors) => startChatCompletionsApi({ tools: qwenTools(cwd), errors }),
    run: runQwen,
  },
};

async function record(name: string, agent: Agent, scenarioName: string, scenario: Scenario): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'family-lab-'));
  const home = join(root, 'home');
  const cwd = join(home, 'demo');
  await mkdir(cwd, { recursive: true });
  await writeFile(join(root, 'policy.toml'), POLICY);
  await using api = await agent.startApi(cwd, scenario.errors ?? []);
  await using otlp = await startOtlpRecorder();
  const set = (key: string, value: string): [string, string] => [
    `${agent.environmentPrefix}_TELEMETRY_${key}`,
    value,
  ];
  const env = {
    ...Object.fromEntries([
      set('ENABLED', 'true'),
      set('TARGET', 'local'),
      set('OTLP_ENDPOINT', otlp.url),
      set('OTLP_PROTOCOL', 'http'),
      set('TRACES_ENABLED', 'true'),
      set('LOG_PROMPTS', String(scenario.prompts === true)),
      set('METRICS_INCLUDE_SESSION_ID', 'true'),
    ]),
    OTEL_RESOURCE_ATTRIBUTES: 'project=demo,agent=alice,host.name=laptop',
  };
  let session = '';
  const exitCodes: number[] = [];
  for (const { prompt, args = agent.defaultArgs } of scenario.runs) {
    const done = await agent.run({
      prompt,
      home,
      cwd,
      modelUrl: api.url,
      env,
      args: args.map((arg) => arg.replace('SESSION', session).replace('POLICY', join(root, 'policy.toml'))),
    });
    session ||= done.sessionId;
    exitCodes.push(done.exitCode);
  }
  const target = join(import.meta.dirname, '..', 'fixtures', name, scenarioName);
  const clean = scrubber(root);
  await rm(target, { recursive: true, force: true });
  for (const signal of ['logs', 'metrics', 'traces'] as const) {
    const requests = otlp.accepted(signal);
    if (requests.length > 0) await save(join(target, `otlp-${signal}.json`), clean(linesOf(requests)));
  }
  const transcripts = join(home, agent.transcripts.folder);
  for (const path of globSync(agent.transcripts.pattern, { cwd: transcripts })) {
    if (!/\.jsonl?$/.test(path)) continue;
    const text = await readFile(join(transcripts, path), 'utf8');
    await save(
      join(target, 'transcript', clean(path)),
      clean(path.endsWith('.jsonl') ? trimmed(text) : text),
    );
  }
  const truth = {
    version: agent.version,
    shows: scenario.shows,
    runs: scenario.runs,
    exitCodes,
    calls: api.calls,
  };
  await save(join(target, 'truth.json'), clean(`${JSON.stringify(truth, null, 1)}\n`));
  await rm(root, { recursive: true });
  process.stdout.write(
    `${name}/${scenarioName}: ${api.calls.length} calls, exit codes ${exitCodes.join()}\n`,
  );
}

const MAX_TEXT_LENGTH = 500;

/** Without system prompts, lists of tools and other bulk that no adapter reads. */
function shorter(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? `${value.slice(0, 400)}…` : value;
}

function linesOf(requests: readonly unknown[]): string {
  return `[\n${requests.map((request) => JSON.stringify(request, shorter)).join(',\n')}\n]\n`;
}

function trimmed(jsonl: string): string {
  const lines = jsonl.split('\n').filter((line) => line !== '');
  return `${lines.map((line) => JSON.stringify(JSON.parse(line), shorter)).join('\n')}\n`;
}

/** Replaces what names this machine; the working folder of the fixtures is /home/dev/demo. */
function scrubber(root: string): (text: string) => string {
  const home = join(root, 'home');
  const dashed = (path: string) => path.replaceAll(/[^a-zA-Z0-9]/g, '-');
  return (text) =>
    text
      .replaceAll(home, '/home/dev')
      .replaceAll(dashed(home), '-home-dev')
      .replaceAll(root, '/home/dev')
      .replaceAll(JSON.stringify(hostname()), '"laptop"')
      .replaceAll(process.execPath, '/usr/bin/node')
      .replaceAll(/[^"'\s]*\/agent-monitor-test\//g, '/opt/')
      .replaceAll(release(), '6.1.0')
      .replaceAll('"stringValue":"root"', '"stringValue":"dev"')
      .replaceAll(/("(?:project\w*Hash|contentHash)":")[0-9a-f]{64}/g, `$1${'a'.repeat(64)}`);
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const wanted = process.argv.slice(2);
for (const [name, agent] of Object.entries(AGENTS)) {
  for (const [scenarioName, scenario] of Object.entries(agent.scenarios)) {
    if (wanted.length > 0 && !wanted.includes(`${name}/${scenarioName}`)) continue;
    await record(name, agent, scenarioName, scenario);
  }
}
