/**
 * Records what the real OpenCode and Copilot CLI export, as fixtures: `node test/helpers/record-chat-agents.ts
 * [agent/scenario ...]`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatCompletionsApiOptions, startChatCompletionsApi } from './chat-completions-api.ts';
import { COPILOT_CLI_VERSION, COPILOT_TOOLS, runCopilotCli } from './copilot-cli.ts';
import { OPENCODE_TOOLS, OPENCODE_VERSION, startOpenCode } from './opencode.ts';
import { type OtlpRecorder, startOtlpRecorder } from './otlp-recorder.ts';

interface Lab {
  /** Runs a prompt to its end. */
  run(prompt: string, args?: readonly string[]): Promise<{ stdout: string; sessionId?: string }>;
}

interface Scenario {
  readonly shows: string;
  readonly api?: Partial<ChatCompletionsApiOptions>;
  /** `permission` of opencode.json. */
  readonly permission?: Readonly<Record<string, unknown>>;
  act(lab: Lab): Promise<void>;
}

const QUIET_MS = 8000;
const RESOURCE = 'project=demo,agent=alice,host.name=laptop';
/** Texts beyond this are prompts and lists of tools, which no adapter reads. */
const MAX_TEXT_LENGTH = 1500;
/** So many of OpenCode's internal spans are kept of each export. */
const KEPT_INTERNAL_SPANS = 2;

const once = (prompt: string, args?: readonly string[]) => async (lab: Lab) => {
  await lab.run(prompt, args);
};

const COPILOT: Readonly<Record<string, Scenario>> = {
  tools: {
    shows: 'a command, one that exits with 3, two at once',
    act: once('[tools 1] [fail] [parallel 2]'),
  },
  subagent: { shows: 'a sub-agent that runs one command', act: once('delegate [agent]') },
  resume: {
    shows: 'a session continued by a second process',
    act: async (lab) => {
      const { sessionId = '' } = await lab.run('first [tools 1]');
      await lab.run('second [tools 1]', ['--allow-all-tools', `--resume=${sessionId}`]);
    },
  },
  denied: {
    shows:
      'a command that a rule forbids, a write that nobody could be asked about, a tool that does not exist',
    act: once('denied [bash touch x] [write y.txt] [call nosuchtool {}]', ['--deny-tool', 'shell']),
  },
  'api-error': {
    shows: 'two calls of the model that fail and are repeated',
    api: { errors: [500, 529] },
    act: once('retried [tools 1]'),
  },
};

const OPENCODE: Readonly<Record<string, Scenario>> = {
  tools: {
    shows: 'a command, one that exits with 3, two at once',
    act: once('[tools 1] [fail] [parallel 2]'),
  },
  subagent: {
    shows: 'a sub-agent, in a session of its own, that runs one command',
    act: once('delegate [agent]'),
  },
  resume: {
    shows: 'a session that goes on with a second prompt',
    act: async (lab) => {
      await lab.run('first [tools 1]');
      await lab.run('second [tools 1]', ['--continue']);
    },
  },
  denied: {
    shows: 'a command that a rule forbids, one that nobody could be asked about',
    permission: { bash: { '*': 'allow', 'touch *': 'deny', 'rm *': 'ask' }, edit: 'allow' },
    act: once('denied [bash touch x] [bash rm y]'),
  },
  'api-error': {
    shows: 'a call of the model that fails and is repeated',
    api: { errors: [500] },
    act: once('retried [tools 1]'),
  },
};

async function recordCopilot(name: string, scenario: Scenario, root: string): Promise<void> {
  const home = join(root, 'home');
  await using api = await startChatCompletionsApi({ tools: COPILOT_TOOLS, ...scenario.api });
  await using otlp = await startOtlpRecorder();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, OTEL_RESOURCE_ATTRIBUTES: RESOURCE };
  await scenario.act({
    run: (prompt, args = ['--allow-all-tools']) =>
      runCopilotCli({ prompt, home, cwd: join(home, 'demo'), modelUrl: api.url, env, args }),
  });
  const truth = { copilotCli: COPILOT_CLI_VERSION, shows: scenario.shows, calls: api.calls };
  await save(join('copilot-cli', name), otlp, truth, root);
}

async function recordOpenCode(name: string, scenario: Scenario, root: string): Promise<void> {
  const home = join(root, 'home');
  await using api = await startChatCompletionsApi({ tools: OPENCODE_TOOLS, ...scenario.api });
  await using otlp = await startOtlpRecorder();
  await using server = await startOpenCode({
    home,
    cwd: join(home, 'demo'),
    modelUrl: api.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, OTEL_RESOURCE_ATTRIBUTES: RESOURCE },
    ...(scenario.permission === undefined ? {} : { permission: scenario.permission }),
  });
  await scenario.act(server);
  await sleep(QUIET_MS);
  const truth = { openCode: OPENCODE_VERSION, shows: scenario.shows, calls: api.calls };
  await save(join('opencode', name), otlp, truth, root);
}

async function save(name: string, otlp: OtlpRecorder, truth: object, root: string): Promise<void> {
  const folder = join(import.meta.dirname, '..', 'fixtures', name);
  const home = join(root, 'home');
  await rm(folder, { recursive: true, force: true });
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text.replaceAll(home, '/home/dev').replaceAll(root, '/home/dev'));
  };
  for (const signal of ['logs', 'metrics', 'traces'] as const) {
    const requests = otlp.accepted(signal).map(trimmed);
    if (requests.length === 0) continue;
    await write(`otlp-${signal}.json`, `[\n${requests.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  }
  await write('truth.json', `${JSON.stringify(truth, null, 1)}\n`);
  process.stdout.write(`${name}: ${otlp.exports.length} exports\n`);
}

/** Without the bulk that no adapter reads: long texts, and all but a few of OpenCode's internal spans. */
function trimmed(request: unknown): unknown {
  let kept = 0;
  return JSON.parse(JSON.stringify(request), (key, value: unknown) => {
    if (key === 'spans' && Array.isArray(value)) {
      return value.filter(({ name, attributes }: { name: string; attributes: { key: string }[] }) => {
        const isTold = name.startsWith('ai.') || attributes.some((one) => one.key.startsWith('gen_ai.'));
        kept += isTold ? 0 : 1;
        return isTold || kept <= KEPT_INTERNAL_SPANS;
      });
    }
    if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value;
    return `${value.slice(0, 60)}…`;
  });
}

const wanted = process.argv.slice(2);
for (const [agent, scenarios, record] of [
  ['copilot-cli', COPILOT, recordCopilot],
  ['opencode', OPENCODE, recordOpenCode],
] as const) {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (wanted.length > 0 && !wanted.includes(`${agent}/${name}`)) continue;
    const root = await mkdtemp(join(tmpdir(), 'agent-lab-'));
    await record(name, scenario, root);
    await rm(root, { recursive: true });
  }
}
