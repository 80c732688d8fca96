import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statFields } from '../../otel-bridge/host/process-stat.ts';

/** Notes of sessions whose agents are gone are thrown away after so long, ms. */
const KEEP_MS = 7 * 86_400_000;
/** How far up the agent may be: the hook's parent, or the one of a shell in between. */
const MAX_ANCESTORS = 2;

/** Which agent process runs which session: what `monitor mcp` finds its session by (cli/mcp/find-session.ts). */
export interface SessionNote {
  readonly session_id: string;
  readonly framework: string;
  /** Nearest first. */
  readonly ancestors: readonly number[];
  /** Unix ms. */
  readonly noted: number;
}

/**
 * Writes down that the process which started this hook runs a session; a new session of the same process takes the
 * place of the one before. @throws the file system's own error
 */
export function noteSession(folder: string, framework: string, sessionId: string): void {
  // The script that the hook runs stands between the agent and us; it says who started it (cli/hooks/sender-script.ts).
  const parent = Number(process.env.AGENT_MONITOR_PARENT ?? process.ppid);
  const ancestors = ancestorsOf(parent);
  const note: SessionNote = { session_id: sessionId, framework, ancestors, noted: Date.now() };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${parent}-${framework}.json`), JSON.stringify(note), { mode: 0o600 });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) unlinkSync(path);
  }
}

/** A process and those that it came from. Where there is no /proc only itself is known. */
function ancestorsOf(pid: number): number[] {
  const found = [pid];
  while (found.length < MAX_ANCESTORS) {
    const parent = parentOf(found.at(-1) ?? 0);
    if (parent === null || parent <= 1) break;
    found.push(parent);
  }
  return found;
}

function parentOf(pid: number): number | null {
  try {
    return Number(statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))[1]);
  } catch {
    return null;
  }
}
