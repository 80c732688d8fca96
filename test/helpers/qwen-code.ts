/** Runs the real Qwen Code, pinned, offline and with a home of its own, against a model API of ours. */
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ScriptedTools } from './marked-turns.ts';
import { ensureNpmAgent, type FinishedProgram, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the fixtures were recorded with. */
export const QWEN_CODE_VERSION = '0.24.4';
/** A model that price lists know. */
export const QWEN_MODEL = 'qwen3-coder-plus';

const RUN_TIMEOUT_MS = 120_000;

/** How its tools are called. @param folder absolute; relative paths are taken from there, the tool wants whole ones */
export function qwenTools(folder: string): ScriptedTools {
  return {
    shell: (command) => ({
      name: 'run_shell_command',
      input: { command, description: 'Run a command', is_background: false },
    }),
    write: (path) => ({
      name: 'write_file',
      input: { file_path: isAbsolute(path) ? path : join(folder, path), content: 'text\n' },
    }),
    subAgent: (prompt, background) => ({
      name: 'agent',
      input: {
        prompt,
        description: 'Sub-task',
        subagent_type: 'general-purpose',
        run_in_background: background,
      },
    }),
  };
}

/** Options of {@link runQwen}. */
export interface RunQwenOptions {
  prompt: string;
  /** Becomes HOME: transcripts (`.qwen/projects/`) are written there. */
  home: string;
  cwd: string;
  /** `url` of a loopback chat completions API. */
  modelUrl: string;
  /** Further variables, e.g. where telemetry goes. Nothing is inherited but PATH. */
  env?: Readonly<Record<string, string>>;
  /** @default ['--yolo'] */
  args?: readonly string[];
}

/** A finished run. */
export interface QwenRun extends FinishedProgram {
  /** Empty where nothing parsable was printed. */
  readonly sessionId: string;
}

/** Runs `qwen PROMPT` to its end. A failed run is a value, not an exception. */
export async function runQwen(options: RunQwenOptions): Promise<QwenRun> {
  const { prompt, home, cwd, args = ['--yolo'] } = options;
  const program = await ensureQwenCode();
  await Promise.all([mkdir(home, { recursive: true }), mkdir(cwd, { recursive: true })]);
  const finished = await runProgram(program, ['--auth-type', 'openai', ...args, '-o', 'json', prompt], {
    cwd,
    timeoutMs: RUN_TIMEOUT_MS,
    env: {
      PATH: nodeFirstPath(),
      HOME: home,
      OPENAI_API_KEY: 'dummy',
      OPENAI_BASE_URL: `${options.modelUrl}/v1`,
      OPENAI_MODEL: QWEN_MODEL,
      ...options.env,
    },
  });
  return { ...finished, sessionId: /"session_id":"([^"]+)"/.exec(finished.stdout)?.[1] ?? '' };
}

/** Installs the pinned Qwen Code into the test cache unless it is there. @returns the path of the program */
export function ensureQwenCode(): Promise<string> {
  return ensureNpmAgent({
    packageName: '@qwen-code/qwen-code',
    version: QWEN_CODE_VERSION,
    program: 'qwen',
  });
}
