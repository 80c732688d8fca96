import { relative, sep } from 'node:path';
import type { TranscriptFormat } from '../agents/transcript-format.ts';
import type { HostLog } from './host-log.ts';
import { type FoundFile, findTranscript, projectFolders, scanTranscripts } from './scan-transcripts.ts';
import { explicitRoots, findTranscriptRoots, type TranscriptRoot } from './transcript-roots.ts';
import { createFolderWatch, type FolderWatch } from './watch-folders.ts';

/** A folder that changed within this time is looked at again and again. */
const ACTIVE_MS = 10 * 60_000;
/** Looking takes at most this part of the time. */
const FULL_SCAN_FACTOR = 200;
const ACTIVE_SCAN_FACTOR = 100;
const MAX_FULL_SCAN_PAUSE_MS = 60_000;
const MAX_ACTIVE_SCAN_PAUSE_MS = 10_000;

/** Options of `createTranscriptDiscovery`. */
export interface TranscriptDiscoveryOptions {
  readonly homes: readonly string[];
  /** Instead of the homes. */
  readonly path: string | undefined;
  readonly formats: readonly TranscriptFormat[];
  readonly log: HostLog;
  readonly pollIntervalMs: number;
  readonly follow: boolean;
  /** Called with every transcript that a look comes upon, changed or not. */
  readonly onFound: (found: FoundFile) => void;
}

/** Finds transcripts: at once where the system tells of changes, by polling everywhere. */
export interface TranscriptDiscovery {
  /** Looks everywhere. */
  lookEverywhere(): Promise<void>;
  /** Looks where something changed, or where it is time to look again. Cheap when called often. */
  lookAround(): Promise<void>;
  /** Marks the folder of a file as active. */
  noteActivity(found: FoundFile): void;
  /** Resolves when the system tells of a change, or when it is time to look again. */
  nextChange(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Creates the discovery. Costs at most about 1 % of a core, however many transcripts there are. */
export function createTranscriptDiscovery(options: TranscriptDiscoveryOptions): TranscriptDiscovery {
  const { pollIntervalMs, onFound } = options;
  const log = once(options.log);
  const changed = new Set<string>();
  const active = new Map<string, number>();
  let roots: TranscriptRoot[] = [];
  let folders = new Set<string>();
  let wake: (() => void) | undefined;
  let nextFullMs = 0;
  let nextActiveMs = 0;
  const watcher: FolderWatch | null = options.follow
    ? createFolderWatch((path) => {
        changed.add(path);
        wake?.();
      }, log)
    : null;

  async function findFolders(): Promise<Set<string>> {
    roots =
      options.path === undefined
        ? await findTranscriptRoots(options.homes, options.formats, log)
        : await explicitRoots(options.path, options.formats, log);
    const found = (await Promise.all(roots.map(projectFolders))).flat();
    watcher?.set(new Set([...roots.map(({ path }) => path), ...found]));
    return new Set(found);
  }

  function rootOf(path: string): TranscriptRoot | undefined {
    return roots.find((root) => path === root.path || path.startsWith(root.path + sep));
  }

  async function scan(root: TranscriptRoot, folder: string): Promise<void> {
    const depth = folder === root.path ? 0 : relative(root.path, folder).split(sep).length;
    for await (const found of scanTranscripts(root, folder, depth)) onFound(found);
  }

  async function lookEverywhere(): Promise<void> {
    const startedMs = performance.now();
    folders = await findFolders();
    for (const root of roots) await scan(root, root.path);
    const tookMs = performance.now() - startedMs;
    nextFullMs = pauseUntil(tookMs * FULL_SCAN_FACTOR, MAX_FULL_SCAN_PAUSE_MS);
  }

  async function lookAtChanges(): Promise<void> {
    const paths = [...changed];
    changed.clear();
    for (const path of paths) {
      const root = rootOf(path);
      if (root === undefined) continue;
      const found = await findTranscript(root, path);
      if (found !== null) onFound(found);
      else if (path !== root.path) await scan(root, path);
    }
  }

  async function lookAtActive(): Promise<void> {
    const startedMs = performance.now();
    const now = await findFolders();
    for (const folder of now) if (!folders.has(folder)) active.set(folder, performance.now());
    folders = now;
    for (const [folder, sinceMs] of active) {
      if (performance.now() - sinceMs > ACTIVE_MS) active.delete(folder);
      const root = rootOf(folder);
      if (root !== undefined) await scan(root, folder);
    }
    const tookMs = performance.now() - startedMs;
    nextActiveMs = pauseUntil(tookMs * ACTIVE_SCAN_FACTOR, MAX_ACTIVE_SCAN_PAUSE_MS);
  }

  function pauseUntil(wantedMs: number, maximumMs: number): number {
    return performance.now() + Math.max(pollIntervalMs, Math.min(wantedMs, maximumMs));
  }

  return {
    lookEverywhere,
    async lookAround() {
      if (changed.size > 0) await lookAtChanges();
      if (performance.now() >= nextFullMs) await lookEverywhere();
      else if (performance.now() >= nextActiveMs) await lookAtActive();
    },
    noteActivity({ root, path }) {
      const [project = ''] = relative(root.path, path).split(sep);
      active.set(`${root.path}${sep}${project}`, performance.now());
    },
    nextChange(signal) {
      if (changed.size > 0 || signal.aborted) return Promise.resolve();
      const waitMs = Math.max(10, Math.min(nextFullMs, nextActiveMs) - performance.now());
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, waitMs);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
      });
    },
    close: () => watcher?.close(),
  };
}

/** Says each thing once, however often a folder is looked at. */
function once(log: HostLog): HostLog {
  const said = new Set<string>();
  const unlessSaid = (say: HostLog['info']) => (fields: object, message: string) => {
    if (said.has(message)) return;
    said.add(message);
    say(fields, message);
  };
  return {
    info: unlessSaid((fields, message) => log.info(fields, message)),
    warn: unlessSaid((fields, message) => log.warn(fields, message)),
  };
}
