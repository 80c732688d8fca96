import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentEvent } from '../../domain/event.ts';
import { shortDigest } from '../../domain/short-digest.ts';
import type { HostLog } from '../host-log.ts';
import { type MissingHooks, missingHooks } from './missing-hooks.ts';
import { type RememberedHooks, readRememberedHooks } from './remembered-hooks.ts';

/** Options of `startHookWatch`. */
export interface HookWatchOptions {
  /** Where `monitor hooks` remembers what it installed. */
  readonly folder: string;
  /** Name of this machine. */
  readonly hostname: string;
  /** Stores what was found; rejects where it is to be tried again. */
  readonly sink: (events: readonly AgentEvent[]) => Promise<unknown>;
  readonly log: HostLog;
  /** @default 5000 */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 5000;

/**
 * Watches whether hooks that were installed are still there. Those that somebody takes out, and not `monitor hooks
 * remove`, become a `guardrail.violation`, since no rule can refuse a call without them.
 */
export function startHookWatch(options: HookWatchOptions): Disposable {
  const { folder, hostname, sink, log, intervalMs = INTERVAL_MS } = options;
  /** By file, what was missing the last time: only what is missing twice in a row is told, since files are being edited. */
  let before = new Map<string, string>();
  const told = new Set<string>();

  const round = (): void => {
    const now = new Map<string, string>();
    for (const hooks of readRememberedHooks(folder)) {
      const { text, changedMs } = readFile(hooks.path);
      // With its project: there is nothing left that hooks could watch.
      if (text === null && !existsSync(dirname(dirname(hooks.path)))) continue;
      const missing = missingHooks(hooks, text);
      if (missing === null) continue;
      const event = toEvent(hooks, missing, changedMs, hostname);
      now.set(hooks.path, event.id);
      if (before.get(hooks.path) !== event.id || told.has(event.id)) continue;
      told.add(event.id);
      sink([event]).catch((error: unknown) => {
        told.delete(event.id);
        log.warn({ err: error }, 'removed hooks could not be recorded; tried again');
      });
    }
    before = now;
  };

  const timer = setInterval(() => {
    try {
      round();
    } catch (error) {
      log.warn({ folder, err: error }, 'cannot see whether hooks are still installed; tried again');
    }
  }, intervalMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function readFile(path: string): { readonly text: string | null; readonly changedMs: number } {
  try {
    return { text: readFileSync(path, 'utf8'), changedMs: Math.round(statSync(path).mtimeMs) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { text: null, changedMs: 0 };
    throw error;
  }
}

/** The same finding has the same id, also after a restart. */
function toEvent(
  { agent, path, installedMs }: RememberedHooks,
  { how, events }: MissingHooks,
  changedMs: number,
  host: string,
): AgentEvent {
  return {
    id: `hooks-removed:${shortDigest(JSON.stringify([host, path, installedMs, changedMs, how]))}`,
    type: 'guardrail.violation',
    tsMs: Date.now(),
    tsNanos: 0,
    source: { framework: agent, host },
    correlation: {},
    attributes: {},
    payload: {
      rule: 'hooks.removed',
      action: 'observed',
      list: true,
      reason: `the hooks of ${agent} are not in force any more: ${how}`,
      hooks: events,
      file_path: path,
    },
    origin: 'bridge',
  };
}
