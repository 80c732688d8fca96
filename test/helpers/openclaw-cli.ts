/** Runs the real OpenClaw, pinned, offline and with a home of its own. */
import { ensureNpmAgent, nodeFirstPath, runProgram } from './npm-agent.ts';

/** The version that the hook folder and the plugin were tried with. */
export const OPENCLAW_VERSION = '2026.9.6';

const TIMEOUT_MS = 120_000;

/** Installs the pinned OpenClaw into the test cache unless it is there. @returns the path of the program */
export function ensureOpenClaw(): Promise<string> {
  return ensureNpmAgent({ packageName: 'openclaw', version: OPENCLAW_VERSION, program: 'openclaw' });
}

/** Runs `openclaw` to its end. */
export async function runOpenClaw(home: string, args: readonly string[]) {
  const program = await ensureOpenClaw();
  return runProgram(program, args, {
    cwd: home,
    timeoutMs: TIMEOUT_MS,
    env: { PATH: nodeFirstPath(), HOME: home, NO_COLOR: '1', OPENCLAW_DISABLE_BONJOUR: '1' },
  });
}
