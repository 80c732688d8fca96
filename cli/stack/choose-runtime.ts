import { connectEngine } from '../docker/connect-engine.ts';
import { CliError } from '../errors.ts';
import type { RuntimeName } from '../runtime.ts';

/** A runtime and why it was chosen. */
export interface RuntimeChoice {
  readonly runtime: RuntimeName;
  /** For people. */
  readonly reason: string;
}

/** The runtime for a home that has none: the wanted one, or docker where engine and Compose plugin answer. */
export async function chooseRuntime(
  wanted: RuntimeName | null,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<RuntimeChoice> {
  if (wanted !== null) return { runtime: wanted, reason: 'asked for' };
  try {
    const { facts } = await connectEngine(env);
    return {
      runtime: 'docker',
      reason: `Docker ${facts.version} and Compose ${facts.composeVersion} answer`,
    };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'PREREQUISITE_MISSING') throw error;
    return { runtime: 'embedded', reason: error.message.replace(/^Cannot use docker: /, 'no Docker: ') };
  }
}
