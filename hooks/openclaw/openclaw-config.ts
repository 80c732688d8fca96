import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where OpenClaw's events go, and as whom. */
export interface OpenClawConfig {
  readonly url: string;
  readonly token: string | null;
  /** Name of the machine, as `openclaw-instances.json` has it. */
  readonly host: string;
  readonly project: string | null;
  readonly agent: string | null;
  readonly spool: string | null;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/**
 * The environment (agentmon's two variables) wins over what `monitor hooks install openclaw` wrote.
 * @param file `config.json` beside the program
 */
export function readOpenClawConfig(file: URL, env: Readonly<NodeJS.ProcessEnv>): OpenClawConfig {
  const written = readWritten(file);
  return {
    url: env.AGENTMON_INGEST_URL || written.url || DEFAULT_URL,
    token: env.AGENT_MONITOR_TOKEN || written.token || null,
    host: env.AGENTMON_VM_NAME || written.host || hostname(),
    project: written.project ?? null,
    agent: written.agent ?? null,
    spool: written.spool ?? null,
  };
}

/** Nothing where there is no such file: the folder was copied by hand, and the environment says it all. */
function readWritten(file: URL): Partial<OpenClawConfig> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<OpenClawConfig>;
  } catch {
    return {};
  }
}
