import { existsSync } from 'node:fs';
import { connectEngine } from '../docker/connect-engine.ts';
import { CliError } from '../errors.ts';
import type { Runtime, RuntimeName } from '../runtime.ts';
import type { HomePaths } from '../settings/paths.ts';

/** A change of the runtime. */
export interface RuntimeChange {
  /** The one that was settled on before. */
  readonly before: Runtime;
  readonly wanted: RuntimeName;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly paths: HomePaths;
}

/**
 * Checks that a home may change its runtime: nothing runs, and the journal comes along. On Linux it is the same folder
 * in both runtimes; where Docker runs in a virtual machine it would have to be copied out of a volume or into one.
 * @throws CliError RUNTIME_CHANGE_REFUSED
 */
export async function assertRuntimeMayChange({ before, wanted, env, paths }: RuntimeChange): Promise<void> {
  const refuse = (reason: string, fix: string): CliError =>
    new CliError('RUNTIME_CHANGE_REFUSED', `Cannot change to runtime "${wanted}": ${reason}`, { fix: [fix] });
  const parts = await statusOrNone(before);
  const running = parts.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
  if (running.length > 0) {
    throw refuse(`the ${before.name} one runs (${running.join(', ')})`, 'monitor down, then try again');
  }
  const { isVirtualMachine } = (await connectEngineOrNone(env))?.facts ?? { isVirtualMachine: false };
  if (!isVirtualMachine) return;
  if (before.name === 'docker') {
    throw refuse(
      'the journal is in a Docker volume, since Docker runs in a virtual machine here',
      'set AGENT_MONITOR_HOME to a new folder for the other runtime',
    );
  }
  if (existsSync(paths.journalFile)) {
    throw refuse(
      `Docker runs in a virtual machine here and cannot use the journal "${paths.journalFile}"`,
      'set AGENT_MONITOR_HOME to a new folder for the other runtime',
    );
  }
}

/** Without an engine nothing of it runs. */
async function statusOrNone(runtime: Runtime) {
  try {
    return await runtime.status();
  } catch (error) {
    if (error instanceof CliError && error.code === 'PREREQUISITE_MISSING') return [];
    throw error;
  }
}

async function connectEngineOrNone(env: Readonly<NodeJS.ProcessEnv>) {
  try {
    return await connectEngine(env);
  } catch (error) {
    if (error instanceof CliError && error.code === 'PREREQUISITE_MISSING') return null;
    throw error;
  }
}
