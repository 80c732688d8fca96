import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where events are kept until agent-monitor's host part delivers them: below its state folder, as the XDG base directory
 * specification and AGENT_MONITOR_HOME say.
 */
export function defaultSpool(env: Readonly<NodeJS.ProcessEnv>): string {
  const own = env.AGENT_MONITOR_HOME;
  if (own !== undefined && own !== '') return join(resolve(own), 'state', 'spool', 'events');
  const xdg = env.XDG_STATE_HOME;
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.local/state');
  return join(base, 'agent-monitor', 'spool', 'events');
}
