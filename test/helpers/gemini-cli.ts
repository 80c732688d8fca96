/** Runs the real Gemini CLI, pinned, offline and with a home of its own, against a model API of ours. */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptedTools } from './marked-turns.ts';
import { ensureNpmAgent, type FinishedProgram, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the fixtures were recorded with. */
export const GEMINI_CLI_VERSION = '0.61.0';

const RUN_TIMEOUT_MS = 120_000;

/** How its tools are called. */
export const GEMINI_TOOLS: ScriptedTools = {
  shell: (command) => ({ name: 'run_shell_command', input: { command, description: 'Run a command' } }),
  write: (path) => ({ name: 'write_file', input: { file_path: path, content: 'text\n' } }),
  subAgent: (prompt) => ({ name: 'invoke_agent', input: { agent_name: 'generalist', prompt } }),
};

/** Options of {@link runGemini}. */
export interface RunGeminiOptions {
  prompt: string;
  /** Becomes HOME: settings and transcripts (`.gemini/tmp/`) are written there. */
  home: string;
  cwd: string;
  /** `url` of a loopback API that answers `:generateContent`. */
  modelUrl: string;
  /** Further variables, e.g. where telemetry goes. Nothing is inherited but PATH. */
  env?: Readonly<Record<string, string>>;
  /** @default ['--approval-mode', 'yolo'] */
  args?: readonly string[];
}

/** A finished run. */
export interface GeminiRun extends FinishedProgram {
  /** Empty where nothing parsable was printed. */
  readonly sessionId: string;
}

/** Runs `gemini -p PROMPT` to its end. A failed run is a value, not an exception. */
export async function runGemini(options: RunGeminiOptions): Promise<GeminiRun> {
  const { prompt, home, cwd, args = ['--approval-mode', 'yolo'] } = options;
  const program = await ensureGeminiCli();
  await Promise.all([mkdir(join(home, '.gemini'), { recursive: true }), mkdir(cwd, { recursive: true })]);
  await writeSettings(join(home, '.gemini', 'settings.json'));
  const finished = await runProgram(program, ['-p', prompt, ...args, '-o', 'json'], {
    cwd,
    timeoutMs: RUN_TIMEOUT_MS,
    env: {
      PATH: nodeFirstPath(),
      HOME: home,
      GEMINI_API_KEY: 'dummy',
      GOOGLE_GEMINI_BASE_URL: options.modelUrl,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      ...options.env,
    },
  });
  return { ...finished, sessionId: /"session_id": "([^"]+)"/.exec(finished.stdout)?.[1] ?? '' };
}

/** Without it a person is asked how to sign in. Written whole and renamed: other runs read it meanwhile. */
async function writeSettings(path: string): Promise<void> {
  if (existsSync(path)) return;
  const draft = `${path}.${crypto.randomUUID()}`;
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
  };
  await writeFile(draft, JSON.stringify(settings));
  await rename(draft, path);
}

/** Installs the pinned Gemini CLI into the test cache unless it is there. @returns the path of the program */
export function ensureGeminiCli(): Promise<string> {
  return ensureNpmAgent({
    packageName: '@google/gemini-cli',
    version: GEMINI_CLI_VERSION,
    program: 'gemini',
  });
}
