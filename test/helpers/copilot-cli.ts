/** Runs the real Copilot CLI, pinned, offline and with a home of its own, against a chat completions API of ours. */
import { mkdir } from 'node:fs/promises';
import type { ScriptedTools } from './marked-turns.ts';
import { ensureNpmAgent, type FinishedProgram, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the fixtures were recorded with. */
export const COPILOT_CLI_VERSION = '1.0.102';
/** A model that price lists know. */
export const COPILOT_MODEL = 'gpt-5.2';

const RUN_TIMEOUT_MS = 120_000;

/** How Copilot's tools are called. */
export const COPILOT_TOOLS: ScriptedTools = {
  shell: (command) => ({ name: 'bash', input: { command, description: 'Run a command' } }),
  write: (path) => ({ name: 'create', input: { path, file_text: 'text\n' } }),
  subAgent: (prompt) => ({
    name: 'task',
    input: { agent_type: 'general-purpose', name: 'subber', description: 'Sub-task', prompt, mode: 'sync' },
  }),
};

/** Options of {@link runCopilotCli}. */
export interface RunCopilotCliOptions {
  prompt: string;
  /** Becomes HOME: settings and sessions are written there. */
  home: string;
  cwd: string;
  /** `url` of a chat completions API. */
  modelUrl: string;
  /** Further variables, e.g. OTEL_EXPORTER_OTLP_ENDPOINT. Nothing is inherited but PATH. */
  env: Readonly<Record<string, string>>;
  /** @default ['--allow-all-tools'] */
  args?: readonly string[];
}

/** A finished run. */
export interface CopilotCliRun extends FinishedProgram {
  /** For `--resume`; empty where none is told. */
  readonly sessionId: string;
}

/** Runs `copilot -p PROMPT` to its end. */
export async function runCopilotCli(options: RunCopilotCliOptions): Promise<CopilotCliRun> {
  const { prompt, home, cwd, modelUrl, args = ['--allow-all-tools'] } = options;
  const program = await ensureNpmAgent({
    packageName: '@github/copilot',
    version: COPILOT_CLI_VERSION,
    program: 'copilot',
  });
  await Promise.all([mkdir(home, { recursive: true }), mkdir(cwd, { recursive: true })]);
  const finished = await runProgram(program, ['-p', prompt, ...args], {
    cwd,
    timeoutMs: RUN_TIMEOUT_MS,
    env: {
      PATH: nodeFirstPath(),
      HOME: home,
      COPILOT_OFFLINE: 'true',
      COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
      COPILOT_PROVIDER_API_KEY: 'dummy',
      COPILOT_MODEL,
      ...options.env,
    },
  });
  const told = /--resume=(\S+)/.exec(`${finished.stdout}\n${finished.stderr}`)?.[1];
  return { ...finished, sessionId: told ?? '' };
}
