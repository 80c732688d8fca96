/** Runs the real OpenCode, pinned, offline and with a home of its own, against a chat completions API of ours. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptedTools } from './marked-turns.ts';
import { ensureNpmAgent, type FinishedProgram, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the fixtures were recorded with. */
export const OPENCODE_VERSION = '1.18.33';
/** A model that price lists know, and the one that titles are made with. */
export const OPENCODE_MODELS = { main: 'gpt-5.2', small: 'gpt-5-mini' } as const;

const RUN_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 5000;

/** How OpenCode's tools are called. */
export const OPENCODE_TOOLS: ScriptedTools = {
  shell: (command) => ({ name: 'bash', input: { command, description: 'Run a command' } }),
  write: (path) => ({ name: 'write', input: { filePath: path, content: 'text\n' } }),
  subAgent: (prompt) => ({
    name: 'task',
    input: { description: 'Sub-task', prompt, subagent_type: 'general' },
  }),
};

/** Options of {@link startOpenCode}. */
export interface OpenCodeOptions {
  /** Becomes HOME: settings and sessions are written there. */
  home: string;
  cwd: string;
  /** `url` of a chat completions API. */
  modelUrl: string;
  /** Further variables, e.g. OTEL_EXPORTER_OTLP_ENDPOINT. Nothing is inherited but PATH. */
  env: Readonly<Record<string, string>>;
  /** `permission` of opencode.json. @default everything is allowed */
  permission?: Readonly<Record<string, unknown>>;
}

/** A running `opencode serve`. */
export interface OpenCode extends AsyncDisposable {
  /** Runs `opencode run --attach` to its end. @param args before the prompt, e.g. `--continue` */
  run(prompt: string, args?: readonly string[]): Promise<FinishedProgram>;
  /** Stops it as a person would; it exports the rest first. */
  stop(): Promise<void>;
}

/** Starts `opencode serve`. Plain `opencode run` ends before it has exported its own last spans. */
export async function startOpenCode(options: OpenCodeOptions): Promise<OpenCode> {
  const { home, cwd, modelUrl } = options;
  const program = await ensureNpmAgent({
    packageName: 'opencode-ai',
    version: OPENCODE_VERSION,
    program: 'opencode',
  });
  await Promise.all([mkdir(home, { recursive: true }), mkdir(cwd, { recursive: true })]);
  await writeFile(
    join(cwd, 'opencode.json'),
    JSON.stringify(settings(`${modelUrl}/v1`, options.permission ?? { bash: 'allow', edit: 'allow' })),
  );
  const env = {
    PATH: nodeFirstPath(),
    HOME: home,
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    ...options.env,
  };
  const server = spawn(program, ['serve', '--port', '0'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString('utf8');
      const found = /listening on (http:\/\/\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => reject(new Error(`opencode serve ended with ${code}: ${printed}`)));
  });
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    // After an answer that failed it waits for something that never comes.
    const impatience = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(impatience);
  };
  return {
    run: (prompt, args = []) =>
      runProgram(program, ['run', '--attach', url, ...args, prompt], {
        cwd,
        env,
        timeoutMs: RUN_TIMEOUT_MS,
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function settings(baseURL: string, permission: Readonly<Record<string, unknown>>): object {
  return {
    $schema: 'https://opencode.ai/config.json',
    experimental: { openTelemetry: true },
    model: `loopback/${OPENCODE_MODELS.main}`,
    small_model: `loopback/${OPENCODE_MODELS.small}`,
    permission,
    share: 'disabled',
    autoupdate: false,
    provider: {
      loopback: {
        npm: '@ai-sdk/openai-compatible',
        name: 'loopback',
        options: { baseURL, apiKey: 'dummy' },
        models: {
          [OPENCODE_MODELS.main]: { name: 'main', limit: { context: 128_000, output: 8000 } },
          [OPENCODE_MODELS.small]: { name: 'small', limit: { context: 128_000, output: 8000 } },
        },
      },
    },
  };
}
