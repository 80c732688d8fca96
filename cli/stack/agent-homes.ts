import { isAbsolute } from 'node:path';

/** Variables by which agents are told that their home is elsewhere; it holds transcripts, without a `.codex` around. */
const VARIABLES = ['CODEX_HOME'] as const;

/** Homes of agents that are not the user's, as their own variables say. Relative paths mean nothing here. */
export function agentHomes(env: Readonly<NodeJS.ProcessEnv>): string[] {
  return VARIABLES.flatMap((name) => env[name] ?? []).filter(isAbsolute);
}
