import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { ensureClaudeCode, runClaude, telemetryEnv } from '../helpers/claude-code.ts';
import { type ModelScript, startModelApi } from '../helpers/model-api.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { CANARIES } from '../otel-bridge/privacy/canaries.ts';

/** Everything that Claude Code can be told to send. */
const ALL_DETAILS = {
  OTEL_LOG_USER_PROMPTS: '1',
  OTEL_LOG_ASSISTANT_RESPONSES: '1',
  OTEL_LOG_TOOL_DETAILS: '1',
  OTEL_LOG_TOOL_CONTENT: '1',
  OTEL_LOG_RAW_API_BODIES: '1',
  OTEL_LOG_MANAGED_SETTINGS: '1',
};

const PROMPT = 'Please water the violet heron-prompt orchids';
const COMMAND = 'echo green-walrus-command';
const PRINTED = 'crimson-otter-output';
const DESCRIPTION = 'Look after the amber-lynx-description';
const RESPONSE = 'The silver-moose-response is done.';
const PHRASES = [PROMPT, 'green-walrus-command', PRINTED, 'amber-lynx-description', 'silver-moose-response'];

const SECRETS = CANARIES.slice(0, 25);

/** Prompts, calls and answers carry every canary: in clear, in files that are read, in what fails. */
const script: ModelScript = (turn) => {
  if (turn.role === 'helper') return { text: '{"title":"A title"}' };
  const secret = SECRETS[turn.step];
  if (secret === undefined) return { text: `${RESPONSE} ${SECRETS.map(({ text }) => text).join('\n')}` };
  const quoted = `'${secret.text.replaceAll("'", `'\\''`)}'`;
  const command = `${COMMAND}; printf '%s\\n' ${PRINTED} ${quoted}${turn.step % 5 === 4 ? '; exit 3' : ''}`;
  return {
    text: `Using ${secret.text}`,
    tools: [{ name: 'Bash', input: { command, description: DESCRIPTION } }],
  };
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'privacy-'));
  await ensureClaudeCode();
}, 300_000);
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Runs Claude Code with all its details on, and the bridge follows its transcripts as well. */
async function runWithDetails(
  name: string,
  privacy: object = {},
  includeAccount = false,
): Promise<RunningBridge> {
  await using api = await startModelApi({ script });
  const home = join(root, name);
  const bridge = await startBridge({
    telemetry: {
      metric_interval_ms: 1000,
      log_interval_ms: 500,
      traces: true,
      include_account: includeAccount,
      self: false,
    },
    // Nobody answers there: what would be sent on stays in the journal, to be looked at.
    targets: [
      {
        name: 'nowhere',
        endpoint: 'http://127.0.0.1:9',
        raw_endpoint: 'http://127.0.0.1:9',
        signals: ['logs', 'metrics', 'traces'],
        headers: {},
      },
    ],
    host: { homes: [home], import_days: 30, follow: true, hostname: 'h', notify: [] },
    privacy: {
      prompts: false,
      responses: false,
      tool_arguments: false,
      tool_output: false,
      file_paths: true,
      redact: ['defaults'],
      ...privacy,
    },
  });
  const run = await runClaude({
    prompt: `${PROMPT} ${SECRETS.map(({ text }) => text).join('\n')}`,
    home,
    cwd: join(root, name, 'work'),
    modelUrl: api.url,
    args: ['--allowedTools', 'Bash'],
    env: { ...telemetryEnv({ endpoint: bridge.otlpUrl }), ...ALL_DETAILS },
  });
  expect(run.exitCode, run.stderr).toBe(0);
  await waitUntil(
    () =>
      bridge.query('/v1/usage?by=agent') as Promise<unknown> as Promise<{ total: { tool_calls: number } }>,
    ({ total }) => total.tool_calls === SECRETS.length,
  );
  return bridge;
}

/** All bytes that the bridge wrote: journal, its log, state files. */
async function everythingStored(bridge: RunningBridge): Promise<string> {
  const names = await readdir(bridge.folder);
  const files = await Promise.all(names.map((name) => readFile(join(bridge.folder, name))));
  return Buffer.concat(files).toString('latin1') + bridge.output();
}

describe('with every detail on at the agent', () => {
  it('stores no secret, prompt, argument, output or answer by default', async () => {
    await using bridge = await runWithDetails('closed');
    const stored = await everythingStored(bridge);
    // The agent's own records and spans are there, without what they said.
    expect(stored).toContain('claude_code.tool_result');
    expect(stored).toContain('claude_code.api_request_body');
    expect(stored).toContain('claude_code.llm_request');
    const found = [...PHRASES, ...SECRETS.map(({ hidden }) => hidden)].filter((text) =>
      stored.includes(text),
    );
    expect(found).toEqual([]);
  });

  it('stores prompts where they are wanted, still without their secrets', async () => {
    await using bridge = await runWithDetails('prompts', { prompts: true });
    const stored = await everythingStored(bridge);
    expect(stored).toContain(PROMPT);
    const hidden = [...PHRASES.slice(1), ...SECRETS.map((secret) => secret.hidden)];
    expect(hidden.filter((text) => stored.includes(text))).toEqual([]);
  });

  it('stores all of it where nothing is to be redacted: the agent did send it', async () => {
    const everything = {
      prompts: true,
      responses: true,
      tool_arguments: true,
      tool_output: true,
      redact: [],
    };
    await using bridge = await runWithDetails('open', everything, true);
    const stored = await everythingStored(bridge);
    const sent = [...PHRASES, ...SECRETS.map(({ hidden }) => hidden)];
    expect(sent.filter((text) => !stored.includes(text))).toEqual([]);
  });
});
