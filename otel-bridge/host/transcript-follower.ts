import { basename } from 'node:path';
import type { TranscriptContext, TranscriptFormat, TranscriptPrivacy } from '../agents/transcript-format.ts';
import type { AgentEvent } from '../domain/event.ts';
import { createTranscriptDiscovery } from './discover-transcripts.ts';
import { createEventBatcher, type EventSink } from './event-batcher.ts';
import { createDeliveredCount, type TranscriptProgress } from './follow-progress.ts';
import { type FilePosition, loadFollowerState, saveFollowerState } from './follower-state.ts';
import type { HostLog } from './host-log.ts';
import { readTranscript } from './read-transcript.ts';
import { createRepositoryOf } from './repository-of.ts';
import type { FoundFile } from './scan-transcripts.ts';
import { createTranscriptQueue, hasEnded, hasNews, isWithin, type QueuedFile } from './transcript-queue.ts';

const POLL_INTERVAL_MS = 2_000;
const SAVE_INTERVAL_MS = 1_000;
/** Saving takes at most this part of the time. */
const SAVE_PAUSE_FACTOR = 50;

/** Options of `startTranscriptFollower`. */
export interface TranscriptFollowerOptions {
  /** Homes of agents: folders that hold `.claude`, or `projects` themselves. */
  readonly homes: readonly string[];
  /** One transcript, or a folder of them, instead of the homes. */
  readonly path?: string | undefined;
  readonly formats: readonly TranscriptFormat[];
  /** How far back what is there already is read, days; null = all, 0 = nothing. */
  readonly importDays: number | null;
  /** Where to start instead of `importDays` before now, unix ms. */
  readonly sinceMs?: number | undefined;
  /** False: read what is there and be done. @default true */
  readonly follow?: boolean;
  /** @default 'transcript' */
  readonly origin?: TranscriptContext['origin'];
  readonly sink: EventSink;
  /** True where it is of no use to give the sink the same events again. @default never: they wait for it */
  readonly givesUp?: (error: unknown, triedMs: number) => boolean;
  /** Where it is kept how far each file was read; null = nowhere. */
  readonly stateFile: string | null;
  readonly privacy: TranscriptPrivacy;
  /** `host.name` of the events. */
  readonly hostname: string;
  readonly log: HostLog;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  /** How often active folders are looked at where nothing tells of changes. @default 2000 */
  readonly pollIntervalMs?: number;
}

/** Transcripts that are being read. */
export interface TranscriptFollower extends AsyncDisposable {
  progress(): TranscriptProgress;
  /** Resolves when everything that was there at the start is delivered; rejects where that cannot be. */
  readonly imported: Promise<void>;
  /** Ends reading. What was not acknowledged yet is read again next time. */
  close(): Promise<void>;
}

/**
 * Starts reading transcripts: what is there, newest files first, then what is added. Every event is delivered at least
 * once, in the order of its file, with an id that follows from its line; positions are kept only after the sink
 * acknowledged, so a restart repeats events but loses none.
 */
export function startTranscriptFollower(options: TranscriptFollowerOptions): TranscriptFollower {
  const { log, importDays, stateFile, follow = true, clock = Date.now } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const delivered = createDeliveredCount();
  const queue = createTranscriptQueue();
  const sessions = new Set<string>();
  const eligible = new Set<string>();
  /** Paths and inodes that a look came upon. */
  const seen = new Set<string | number>();
  /** How far files were read, acknowledged or not; the state has what was acknowledged. */
  const positions = new Map<string, FilePosition>();
  const pathsByInode = new Map<number, string>();
  /** Files that could not be read, by what they looked like. */
  const unreadable = new Map<string, number>();
  const imported = Promise.withResolvers<void>();
  let state: Awaited<ReturnType<typeof loadFollowerState>> = { cutoffMs: 0, files: new Map() };
  let phase: TranscriptProgress['state'] = 'importing';
  let dirty = false;
  let nextSaveMs = 0;
  let failingSinceMs: number | null = null;

  const batcher = createEventBatcher({ sink: deliver, log, onDelivered: delivered.add, signal });
  const discovery = createTranscriptDiscovery({
    homes: options.homes,
    path: options.path,
    formats: options.formats,
    log,
    pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
    follow,
    onFound,
  });
  const context = {
    host: options.hostname,
    origin: options.origin ?? 'transcript',
    privacy: options.privacy,
    repositoryOf: createRepositoryOf(),
    hasSession: (sessionId: string) => sessions.has(sessionId),
  } as const;

  /** Hands events to the sink; where that is hopeless, everything ends with the sink's error. */
  async function deliver(events: AgentEvent[]): Promise<void> {
    try {
      await options.sink(events);
      failingSinceMs = null;
    } catch (error) {
      failingSinceMs ??= performance.now();
      if (options.givesUp?.(error, performance.now() - failingSinceMs) === true) stop.abort(error);
      throw error;
    }
  }

  function onFound(found: FoundFile): void {
    sessions.add(basename(found.path, '.jsonl'));
    seen.add(found.path);
    seen.add(found.inode);
    if (unreadable.get(found.path) === found.modifiedMs) return;
    const known = positionOf(found);
    if (known !== undefined || isWithin(found.modifiedMs, state.cutoffMs)) eligible.add(found.path);
    if (!hasNews(found, known, state.cutoffMs, clock())) return;
    queue.offer(found, phase === 'following');
    if (!hasEnded(found.modifiedMs, clock())) discovery.noteActivity(found);
  }

  /** A file that was moved is known by its inode; that it is the same one, its beginning has to prove. */
  function positionOf({ path, inode }: FoundFile): FilePosition | undefined {
    return positions.get(path) ?? positions.get(pathsByInode.get(inode) ?? '');
  }

  function remember(path: string, position: FilePosition): void {
    positions.set(path, position);
    pathsByInode.set(position.inode, path);
  }

  /** What is gone is not kept any longer, or the state would grow for ever. A file that was moved is still needed. */
  function forgetVanished(): void {
    for (const [path, { inode }] of state.files) {
      if (!seen.has(path) && !seen.has(inode)) dirty = state.files.delete(path) || dirty;
    }
  }

  async function readNext({ found, live }: QueuedFile): Promise<void> {
    try {
      const { position, reachedEnd } = await readTranscript(found, positionOf(found), {
        batcher,
        log,
        cutoffMs: state.cutoffMs,
        ended: hasEnded(found.modifiedMs, clock()),
        context,
        signal,
        onDurable: (durable) => {
          state.files.set(found.path, durable);
          dirty = true;
        },
      });
      remember(found.path, position);
      if (!reachedEnd) queue.offer(found, live);
      else if (live) await batcher.flush();
    } catch (error) {
      signal.throwIfAborted();
      unreadable.set(found.path, found.modifiedMs);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { path: found.path, err: error },
        `Cannot read transcript "${found.path}": ${reason}. Leaving it out until it changes`,
      );
    }
  }

  async function save(): Promise<void> {
    if (stateFile === null || !dirty) return;
    dirty = false;
    const startedMs = performance.now();
    try {
      await saveFollowerState(stateFile, importDays, state);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { path: stateFile, err: error },
        `Cannot write "${stateFile}": ${reason}. Transcripts are read again after a restart`,
      );
    }
    const endedMs = performance.now();
    nextSaveMs = endedMs + Math.max(SAVE_INTERVAL_MS, (endedMs - startedMs) * SAVE_PAUSE_FACTOR);
  }

  async function run(): Promise<void> {
    state = await loadFollowerState(stateFile, importDays, clock(), log);
    if (options.sinceMs !== undefined) state = { ...state, cutoffMs: options.sinceMs };
    for (const [path, position] of state.files) remember(path, position);
    await discovery.lookEverywhere();
    forgetVanished();
    while (!signal.aborted) {
      const next = queue.take();
      if (next !== undefined) await readNext(next);
      else {
        await batcher.flush();
        phase = follow ? 'following' : 'done';
        imported.resolve();
        await save();
        if (!follow) return;
        await discovery.nextChange(signal);
      }
      if (performance.now() >= nextSaveMs) await save();
      if (follow && !signal.aborted) await discovery.lookAround();
    }
  }

  const running = run()
    .catch((error: unknown) => {
      imported.reject(error);
      if (!signal.aborted)
        log.warn(
          { err: error },
          `Stopped reading transcripts: ${error instanceof Error ? error.message : String(error)}`,
        );
    })
    .finally(async () => {
      if (phase !== 'done') phase = 'stopped';
      discovery.close();
      await save();
      imported.resolve();
    });
  // Whoever does not wait for the import reads of its end in the log.
  imported.promise.catch(() => undefined);

  const close = async (): Promise<void> => {
    stop.abort(new Error('reading of transcripts was ended'));
    await running;
  };
  return {
    progress: () => ({
      state: phase,
      files_total: eligible.size,
      files_done: Math.max(0, eligible.size - queue.size),
      ...delivered.read(),
    }),
    imported: imported.promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}
