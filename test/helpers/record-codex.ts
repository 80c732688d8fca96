/**
 * Records what the real Codex writes and exports into test/fixtures/codex/.
 *
 *     node test/helpers/record-codex.ts [SCENARIO...]
 *
 * Run it again when the pinned version changes and review the difference: that is what changed for us.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CODEX_SCRIPT_MODEL,
  CODEX_VERSION,
  type CodexRun,
  type RunCodexOptions,
  readRollouts,
  runCodex,
} from './codex.ts';
import { type Decision, runAppServer } from './codex-app-server.ts';
import { startHookRecorder } from './hook-recorder.ts';
import { startOtlpRecorder } from './otlp-recorder.ts';
import { codexTokens, type ResponsesApiOptions, startResponsesApi } from './responses-api.ts';

interface Scenario {
  /** What it shows. */
  shows: string;
  api?: ResponsesApiOptions;
  model?: string;
  /** After `codex exec`. */
  options?: readonly string[];
  /** Lines of config.toml before the first table. */
  settings?: string;
  tables?: string;
  traces?: boolean;
  /** With hooks that are recorded beside telemetry and transcripts. */
  hooks?: true;
  /** Answers to the app-server's requests for approval; it runs in place of `codex exec`, one turn for each run. */
  decisions?: readonly Decision[];
  /** What follows `codex exec`, run after run; THREAD is the first run's. */
  runs: readonly (readonly string[])[];
}

const THREAD = '<thread>';
/** Records are exported this long after they are made. */
const EXPORT_PAUSE_MS = 2500;
const MCP_SERVER = join(import.meta.dirname, 'calc-mcp-server.ts');
const LIMITS = {
  'x-codex-primary-used-percent': '12.5',
  'x-codex-primary-window-minutes': '300',
  'x-codex-primary-reset-at': '1795300000',
  'x-codex-secondary-used-percent': '3',
  'x-codex-secondary-window-minutes': '10080',
  'x-codex-secondary-reset-at': '1795600000',
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  basic: { shows: 'two commands, one after the other', traces: true, runs: [['[tools 2] basic']] },
  'no-traces': { shows: 'without a trace exporter no record has a trace', runs: [['[tools 1] plain 😀é']] },
  failing: {
    shows: 'a command that exits with 3, a call of no tool, a command that may not ask for more rights',
    runs: [
      [
        '[fail] [call nope {}] [call exec_command {"cmd":"false","sandbox_permissions":"require_escalated","justification":"x"}]',
      ],
    ],
  },
  denied: { shows: 'the sandbox stops a command', traces: true, runs: [['[write denied.txt]']] },
  parallel: { shows: 'three commands at once', runs: [['[parallel 3]']] },
  resume: {
    shows: 'a thread that goes on in a second process, with a prompt of the same length',
    runs: [['[tools 1] a'], ['resume', THREAD, '[tools 1] b'], ['resume', THREAD, 'longer than the others']],
  },
  fork: {
    shows: 'a thread that begins with the history of another',
    runs: [['[tools 1] a'], ['fork', THREAD, '[tools 1] b']],
  },
  subagent: { shows: 'a sub-agent, which is a thread of its own', traces: true, runs: [['[agent] s']] },
  mcp: {
    shows: 'calls of an MCP server, one of which fails',
    tables: `[mcp_servers.calc]\ncommand = "${process.execPath}"\nargs = ["${MCP_SERVER}"]`,
    runs: [['[call mcp__calc__add {"a":1}] [call mcp__calc__add {"a":13}]']],
  },
  compaction: {
    shows: 'the history is replaced by a summary, which a model call of its own writes',
    settings: 'model_auto_compact_token_limit = 1000',
    api: {
      tokens: (index) => ({ ...codexTokens(1, index), input: index === 0 ? 1200 : 300, cacheRead: 0 }),
    },
    runs: [['[tools 1] c']],
  },
  'rate-limits': {
    shows: 'the provider tells how much is used',
    api: { headers: LIMITS },
    runs: [['[tools 1]']],
  },
  hooks: {
    shows: 'all hooks and notify: a failing command, two at once, an MCP call, a sub-agent; a resume',
    hooks: true,
    tables: `[mcp_servers.calc]\ncommand = "${process.execPath}"\nargs = ["${MCP_SERVER}"]`,
    runs: [
      ['[fail] [parallel 2] [call mcp__calc__add {"a":1}] [agent] hooks'],
      ['resume', THREAD, '[tools 1] b'],
    ],
  },
  scripts: {
    shows:
      'a model that writes scripts: commands, one that fails, two at once, a patch, a sub-agent with its history',
    model: CODEX_SCRIPT_MODEL,
    options: ['--sandbox', 'workspace-write'],
    runs: [['[tools 1] [fail] [parallel 2] [write made.txt] [agent] scripts']],
  },
  approvals: {
    shows:
      'the app-server: a person allows a command, allows one for the session, refuses one, breaks one off',
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    runs: [['[bash mkdir a] [bash rm -rf a] [bash curl a]'], ['[bash curl b]']],
  },
  retry: { shows: 'a model call that is tried again', api: { errors: [500] }, runs: [['[tools 1]']] },
  'api-error': {
    shows: 'a model call that fails for good: nothing is exported, the transcript knows',
    api: { errors: [400] },
    runs: [['[tools 1]'], ['resume', THREAD, '[tools 1]']],
  },
};

async function record(name: string, scenario: Scenario): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'record-codex-'));
  const home = join(root, 'home');
  await using api = await startResponsesApi(scenario.api);
  await using otlp = await startOtlpRecorder();
  await using hooks = scenario.hooks ? await startHookRecorder() : undefined;
  await hooks?.installInCodex(home);
  const lab = {
    home,
    cwd: join(root, 'demo'),
    modelUrl: api.url,
    otlpUrl: otlp.url,
    env: { OTEL_RESOURCE_ATTRIBUTES: 'project=demo,agent=alice,host.name=devbox' },
    ...(scenario.traces === true ? { traces: true } : {}),
    ...(hooks === undefined
      ? {}
      : {
          options: ['--dangerously-bypass-hook-trust'],
          settings: `notify = ["curl", "-s", "${hooks.url}", "--data-binary"]`,
        }),
    ...(scenario.model === undefined ? {} : { model: scenario.model }),
    ...(scenario.settings === undefined ? {} : { settings: scenario.settings }),
    ...(scenario.tables === undefined ? {} : { tables: scenario.tables }),
  };
  const { runs, decisions } = scenario;
  const printed =
    decisions === undefined
      ? await runOneByOne(runs, lab, scenario.options)
      : await runAppServer({ ...lab, prompts: runs.flat(), decisions, lingerMs: EXPORT_PAUSE_MS }).then(
          (threadId) => runs.map(() => ({ exitCode: 0, threadId })),
        );
  const folder = join(import.meta.dirname, '../fixtures/codex', name);
  await rm(folder, { recursive: true, force: true });
  const plain = (text: string): string => text.replaceAll(root, '/home/dev');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), plain(text));
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
  await write(
    'truth.json',
    json({
      shows: scenario.shows,
      version: CODEX_VERSION,
      runs: printed.map(({ exitCode, threadId }, index) => ({
        args: scenario.runs[index],
        exitCode,
        threadId,
      })),
      calls: api.calls,
    }),
  );
  if (hooks !== undefined) await write('hooks.json', json(hooks.hooks));
  await write('otlp-logs.json', json(otlp.accepted('logs')));
  if (name === 'basic') {
    await write('otlp-metrics.json', json(otlp.accepted('metrics')));
    await write('otlp-traces.json', json(otlp.accepted('traces').map(firstSpans)));
  }
  for (const { path, text } of await readRollouts(home)) await write(join('rollouts', path), shorten(text));
  await rm(root, { recursive: true, force: true });
}

/** Runs `codex exec` again and again. */
async function runOneByOne(
  runs: Scenario['runs'],
  lab: Omit<RunCodexOptions, 'args'>,
  options: readonly string[] = [],
): Promise<Pick<CodexRun, 'exitCode' | 'threadId'>[]> {
  const done: CodexRun[] = [];
  for (const args of runs) {
    const thread = done[0]?.threadId ?? '';
    done.push(
      await runCodex({
        ...lab,
        args: [...options, ...args.map((argument) => (argument === THREAD ? thread : argument))],
      }),
    );
  }
  return done;
}

const KEPT_SPANS = 5;

/** A run has some hundreds of spans; a few show what they are like. */
function firstSpans(request: unknown): unknown {
  const cut = structuredClone(request) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
  for (const scope of cut.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
    scope.spans.splice(KEPT_SPANS);
  return cut;
}

const LONGEST_TEXT = 400;

/** Codex's own instructions are long, the same in every file and not ours. */
function shorten(text: string): string {
  const cut = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, 60)} [left out]` : value;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${JSON.stringify(JSON.parse(line), cut)}\n`)
    .join('');
}

const wanted = process.argv.slice(2);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name}: ${scenario.shows}\n`);
  await record(name, scenario);
}
