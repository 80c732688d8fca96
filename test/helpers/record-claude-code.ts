/**
 * Records what the real Claude Code writes and exports into test/fixtures/claude-code/.
 *
 *     node test/helpers/record-claude-code.ts [SCENARIO...]
 *
 * Run it again when the pinned version changes and review the difference: that is what changed for us.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLAUDE_CODE_VERSION,
  type ClaudeRun,
  readTranscripts,
  runClaude,
  startClaude,
  telemetryEnv,
} from './claude-code.ts';
import { startFirstParty } from './first-party.ts';
import { startHookRecorder } from './hook-recorder.ts';
import { type ModelApi, type ModelApiOptions, type ModelUsage, startModelApi } from './model-api.ts';
import { type OtlpRecorder, startOtlpRecorder } from './otlp-recorder.ts';

interface Scenario {
  /** What it shows, for the README and truth.json. */
  shows: string;
  api?: ModelApiOptions;
  traces?: boolean;
  /** Behind the name api.anthropic.com instead of a custom base URL. */
  firstParty?: boolean;
  env?: Readonly<Record<string, string>>;
  /** With hooks that are recorded beside telemetry and transcripts. */
  hooks?: true;
  /** Does the runs; returns what each printed. */
  act(lab: Lab): Promise<PrintedRun[]>;
}

interface Lab {
  api: ModelApi;
  otlp: OtlpRecorder;
  run(prompt: string, args?: string[]): Promise<PrintedRun>;
  /**
   * Types the lines into a terminal one after the other, each after the model has answered the one before.
   * ESCAPE is pressed while the model still answers.
   */
  converse(lines: string[], args?: string[]): Promise<void>;
}

interface PrintedRun {
  prompt: string;
  args: string[];
  exitCode: number;
  result: unknown;
}

const QUIET_MS = 3000;
const ESCAPE = '\x1b';

/** Claude Code asks for session titles only where this is not forbidden. */
const NONESSENTIAL_TRAFFIC = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '' };

const NO_TOKENS = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
};

/** Usage that is priced specially; see the README's price table. */
const SPECIAL_USAGE: Partial<ModelUsage>[] = [
  { input_tokens: 1000, output_tokens: 1000 },
  { input_tokens: 1000, output_tokens: 1000, speed: 'fast' },
  { input_tokens: 1000, output_tokens: 1000, inference_geo: 'us' },
  { input_tokens: 1000, server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 } },
  { input_tokens: 100_000 },
  { input_tokens: 100_001 },
  { input_tokens: 1, cache_read_input_tokens: 199_999, output_tokens: 7 },
  { input_tokens: 1, cache_read_input_tokens: 250_000, output_tokens: 7 },
];

const MODELS = ['opus', 'sonnet', 'haiku', 'fable', 'claude-sonnet-4-5', 'claude-haiku-4-5', 'made-up-model'];

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  basic: { shows: 'two Bash calls', act: once('[tools 2] basic') },
  'basic-no-traces': { shows: 'the same without spans', traces: false, act: once('[tools 2] basic') },
  'failing-tool': { shows: 'a command that exits with 3', act: once('[fail] failing') },
  'parallel-tools': { shows: 'two tool calls in one message', act: once('[parallel 2] parallel') },
  subagent: { shows: 'a sub-agent that calls Bash once', act: once('[agent] delegate') },
  'background-subagent': {
    shows: 'a sub-agent in the background, whose end starts a run that nobody typed',
    act: once('[background] [tools 1] delegate'),
  },
  resume: {
    shows: 'a session continued by a second process',
    act: async (lab) => {
      const first = await lab.run('[tools 1] first');
      return [first, await lab.run('[tools 1] second', ['--resume', sessionOf(first)])];
    },
  },
  fork: {
    shows: 'a session forked by a second process: the transcript is copied into a new file',
    act: async (lab) => {
      const first = await lab.run('[tools 1] first');
      return [first, await lab.run('second', ['--resume', sessionOf(first), '--fork-session'])];
    },
  },
  'no-request-id': {
    shows: 'a gateway that sends no request-id header; parallel sub-agents',
    api: { requestIds: false, latencyMs: 100 },
    act: once('[parallel 2] [agents 2] no ids'),
  },
  'no-request-id-silent': {
    shows: 'the same for tool calls without a text: there is no assistant_response event to join with',
    api: { requestIds: false },
    act: once('[silent] [tools 1] [parallel 2] no ids, no text'),
  },
  'denied-tool': { shows: 'a tool that is not allowed', act: once('[write /tmp/denied.txt] denied') },
  'api-error': {
    shows: 'a request that is refused for good',
    api: { errors: [400, 400, 400, 400, 400, 400, 400, 400] },
    act: once('[tools 1] refused'),
  },
  'api-retry': {
    shows: 'two requests that fail and are repeated',
    api: { errors: [529, 500] },
    act: once('[tools 1] retried'),
  },
  'broken-stream': {
    shows: 'an answer that breaks off after its tool call',
    api: { brokenStreams: 1 },
    act: once('[tools 1] broken'),
  },
  models: {
    shows: 'each model family and an unknown model, fast mode, region, web search, long prompts',
    traces: false,
    api: {
      usage: (index) => ({ ...NO_TOKENS, ...SPECIAL_USAGE[index % SPECIAL_USAGE.length] }),
    },
    act: async (lab) => {
      const runs: PrintedRun[] = [];
      for (const model of MODELS) {
        runs.push(await lab.run(`[tools ${SPECIAL_USAGE.length - 1}] prices`, ['--model', model]));
      }
      return runs;
    },
  },
  'other-answering-model': {
    shows: 'a gateway that answers with another model than was asked for: priced as asked, named as answered',
    api: { answeringModel: () => 'claude-haiku-4-5-20251001' },
    act: async (lab) => [await lab.run('[tools 1] other', ['--model', 'claude-sonnet-4-5'])],
  },
  interactive: {
    shows: 'a terminal session: titles, /compact, /clear, /exit',
    env: NONESSENTIAL_TRAFFIC,
    act: async (lab) => {
      await lab.converse(['[tools 1] first', '/compact', 'after compact', '/clear', 'after clear']);
      return [];
    },
  },
  interrupted: {
    shows: 'a terminal session whose first answer is interrupted with Escape',
    api: { blockPauseMs: 2000 },
    act: async (lab) => {
      await lab.converse(['[tools 1] first', ESCAPE, 'second']);
      return [];
    },
  },
  'auto-mode': {
    shows: 'api.anthropic.com: a title by the small model, a tool call checked by the classifier, client ids',
    firstParty: true,
    env: NONESSENTIAL_TRAFFIC,
    act: async (lab) => {
      // The empty line waits for and answers the notice that such checks are still billed in this session.
      await lab.converse(['[bash curl -sX POST http://127.0.0.1:9/] checked', ''], []);
      return [];
    },
  },
  hooks: {
    shows: 'hooks: a failing tool, two calls at once, a denied one, a file written, a sub-agent; a resume',
    hooks: true,
    act: async (lab) => {
      const prompt = '[fail] [parallel 2] [write /tmp/denied.txt] [agent] hooks';
      const first = await lab.run(prompt);
      const args = ['--resume', sessionOf(first), '--permission-mode', 'acceptEdits'];
      return [first, await lab.run('[write written.txt] [background] again', args)];
    },
  },
  'hooks-interactive': {
    shows: 'hooks of a terminal session: /compact, /clear, /exit',
    hooks: true,
    env: NONESSENTIAL_TRAFFIC,
    act: async (lab) => {
      await lab.converse(['[tools 1] first', '/compact', 'after compact', '/clear', 'after clear']);
      return [];
    },
  },
  'web-search': {
    shows: 'a tool that asks a model itself',
    act: async (lab) => [
      await lab.run('[call WebSearch {"query":"otel"}] search', ['--allowedTools', 'WebSearch']),
    ],
  },
};

function once(prompt: string) {
  return async (lab: Lab) => [await lab.run(prompt)];
}

function sessionOf({ result }: PrintedRun): string {
  return (result as { session_id: string }).session_id;
}

async function record(name: string, scenario: Scenario): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'claude-lab-'));
  const home = join(root, 'home');
  const cwd = join(home, 'demo');
  await using api = await startModelApi(scenario.api);
  await using otlp = await startOtlpRecorder();
  await using firstParty = scenario.firstParty ? await startFirstParty(api.port) : undefined;
  await using hooks = scenario.hooks ? await startHookRecorder() : undefined;
  await hooks?.installIn(home);
  const env = {
    ...telemetryEnv({ endpoint: otlp.url, traces: scenario.traces ?? true }),
    ...firstParty?.env,
    ...scenario.env,
  };
  const lab: Lab = {
    api,
    otlp,
    run: async (prompt, extra = []) => {
      const args = ['--allowedTools', 'Bash', ...extra];
      const done = await runClaude({ prompt, home, cwd, modelUrl: api.url, env, args });
      return { prompt, args, exitCode: done.exitCode, result: printed(done) };
    },
    converse: async (lines, args = ['--allowedTools', 'Bash']) => {
      await using claude = await startClaude({ home, cwd, modelUrl: api.url, env, args });
      for (const [i, line] of lines.entries()) {
        if (line === '') await until(() => /Enter to continue/.test(claude.screen()), 500);
        await claude.type(line, { enter: line !== ESCAPE });
        if (lines[i + 1] === ESCAPE) await until(() => api.requests.length > 0, 1000);
        else await quiet(api);
      }
      // An open question on the screen may swallow the first one.
      for (let asked = 0; asked < 3; asked += 1) {
        await claude.type('/exit');
        await Promise.race([claude.exited, sleep(QUIET_MS)]);
      }
    },
  };
  const runs = await scenario.act(lab);

  const target = join(import.meta.dirname, '..', 'fixtures', 'claude-code', name);
  const clean = scrubber(root, otlp);
  await rm(target, { recursive: true, force: true });
  for (const signal of ['logs', 'metrics', 'traces'] as const) {
    const requests = otlp.accepted(signal);
    if (requests.length > 0) await save(join(target, `otlp-${signal}.json`), clean(toJson(requests)));
  }
  for (const { path, text } of await readTranscripts(home)) {
    await save(join(target, 'transcript', clean(path)), clean(path.endsWith('.jsonl') ? trim(text) : text));
  }
  if (hooks !== undefined) await save(join(target, 'hooks.json'), clean(toJson(hooks.hooks)));
  const truth = { claudeCode: CLAUDE_CODE_VERSION, shows: scenario.shows, runs, requests: api.requests };
  await save(join(target, 'truth.json'), clean(toJson(truth)));
  await rm(root, { recursive: true });
  process.stdout.write(`${name}: ${api.requests.length} requests, ${otlp.exports.length} exports\n`);
}

/** Waits until the model has been asked nothing, and has answered everything, for a while. */
async function quiet(api: ModelApi): Promise<void> {
  for (let seen = ''; ; ) {
    const now = api.requests.map((request) => request.endedAt).join();
    if (seen === now && !api.requests.some((request) => request.endedAt === '')) return;
    seen = now;
    await sleep(QUIET_MS);
  }
}

async function until(condition: () => boolean, thenMs: number): Promise<void> {
  while (!condition()) await sleep(50);
  await sleep(thenMs);
}

function printed({ result, stderr }: ClaudeRun): unknown {
  return result ?? { stderr };
}

/** One element a line: small, and a difference can be read. */
function toJson(value: unknown): string {
  if (!Array.isArray(value)) return `${JSON.stringify(value, null, 1)}\n`;
  return `[\n${value.map((element) => JSON.stringify(element)).join(',\n')}\n]\n`;
}

/** Replaces what names this machine; the working folder of the fixtures is /home/dev/demo. */
function scrubber(root: string, otlp: OtlpRecorder): (text: string) => string {
  const userId = otlp.logRecords()[0]?.attributes['user.id'];
  const osVersion = otlp.logRecords()[0]?.resource['os.version'];
  const home = join(root, 'home');
  return (text) =>
    text
      .replaceAll(home, '/home/dev')
      .replaceAll(home.replaceAll(/[^a-zA-Z0-9]/g, '-'), '-home-dev')
      .replaceAll(root, '/home/dev')
      .replaceAll(String(userId), 'a'.repeat(64))
      .replaceAll(String(osVersion), '6.1.0')
      .replaceAll(/"prefill":"[^"]*"/g, '"prefill":""');
}

const MAX_TEXT = 1200;

/** Takes out system prompts, skill listings and other bulk that no adapter reads; every line stays. */
function trim(jsonl: string): string {
  const lines = jsonl.split('\n').filter((line) => line !== '');
  return `${lines.map((line) => JSON.stringify(trimLine(JSON.parse(line)))).join('\n')}\n`;
}

function trimLine(line: Record<string, unknown>): Record<string, unknown> {
  const { type } = line;
  if (type === 'attachment') {
    const { rendered: _, ...rest } = line;
    return { ...rest, attachment: { type: (line.attachment as { type: string }).type } };
  }
  if (type === 'api-request-shape') return { ...line, shape: {} };
  if (type === 'api-request-blob') return { ...line, message: {} };
  return JSON.parse(JSON.stringify(line), (_, value: unknown) =>
    typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, 60)}…` : value,
  ) as Record<string, unknown>;
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (SCENARIOS[name] === undefined) {
    throw new Error(`Unknown scenario "${name}": known are ${Object.keys(SCENARIOS).join(', ')}`);
  }
}
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (wanted.length === 0 || wanted.includes(name)) await record(name, scenario);
}
