import { type AgentEvent, isHistorical } from '../domain/event.ts';
import type { Journal } from '../domain/journal.ts';
import type { ReadModel } from '../domain/read-model.ts';
import { shortDigest } from '../domain/short-digest.ts';
import { textOf } from '../domain/values.ts';
import { toSnapshot } from './to-snapshot.ts';

/** Memory files that are looked for, at most. */
const MAX_FILES = 50;
const MEMORY_EVENT = 'agent.instructions_loaded';
/** What a compaction tells is a fact a moment after its event is durable, ms. */
const PROJECTED_MS = 2000;

/** What snapshots are made with. */
export interface SnapshotOptions {
  readonly readModel: Pick<ReadModel, 'runningSessionIds' | 'session' | 'sessionFacts' | 'listEvents'>;
  readonly onEvents: Journal['onEvents'];
  readonly record: (events: readonly AgentEvent[]) => Promise<unknown>;
  readonly intervalMs: number;
  readonly log: { error(fields: object, message: string): void };
}

/** Takes snapshots until it is disposed of. */
export interface Snapshots extends Disposable {
  /** Takes one of every running session in which something happened since the last; it is done every interval anyway. */
  takeAll(): void;
}

/** Starts to record `state.snapshot` events: of running sessions now and then, and of a session when it is compacted. */
export function startSnapshots(options: SnapshotOptions): Snapshots {
  const { readModel, onEvents, record, intervalMs, log } = options;

  const take = (sessionId: string, reason: 'interval' | 'compaction'): void => {
    const session = readModel.session(sessionId);
    if (session === null) return;
    const facts = readModel.sessionFacts(sessionId);
    const newest = facts.at(-1);
    if (newest === undefined) return;
    const memoryFiles = readModel
      .listEvents({ type: MEMORY_EVENT, sessionId, limit: MAX_FILES })
      .map(({ payload }) => textOf(payload.file_path))
      .filter((path) => path !== undefined);
    const payload = toSnapshot({ facts, memoryFiles, reason });
    // The same state is one snapshot, after a restart too.
    const event: AgentEvent = {
      id: `snapshot:${shortDigest(JSON.stringify([sessionId, session.lastMs, payload]))}`,
      type: 'state.snapshot',
      // Of the moment that it shows: a snapshot is no sign of life.
      tsMs: session.lastMs,
      tsNanos: 0,
      source: { framework: session.framework, host: session.host ?? undefined },
      correlation: { sessionId },
      attributes: {},
      payload,
      origin: 'bridge',
    };
    record([event]).catch((error: unknown) => log.error({ err: error }, 'a snapshot could not be recorded'));
  };

  const attempt = (sessionId: string, reason: 'interval' | 'compaction'): void => {
    try {
      take(sessionId, reason);
    } catch (error) {
      log.error({ err: error, session: sessionId }, 'a snapshot could not be taken');
    }
  };

  const takenMs = new Map<string, number>();
  const takeAll = (): void => {
    const running = readModel.runningSessionIds();
    for (const id of running) {
      const lastMs = readModel.session(id)?.lastMs ?? 0;
      if (takenMs.get(id) !== lastMs) attempt(id, 'interval');
      takenMs.set(id, lastMs);
    }
    for (const id of takenMs.keys()) if (!running.includes(id)) takenMs.delete(id);
  };

  const timer = setInterval(takeAll, intervalMs).unref();
  const end = onEvents((events) => {
    for (const { correlation } of events) {
      const { sessionId } = correlation;
      if (sessionId !== undefined) setTimeout(() => attempt(sessionId, 'compaction'), PROJECTED_MS).unref();
    }
  }, isLiveCompaction);
  return {
    takeAll,
    [Symbol.dispose]() {
      clearInterval(timer);
      end();
    },
  };
}

function isLiveCompaction({ type, payload, origin }: AgentEvent): boolean {
  return type === 'span.end' && payload.kind === 'compaction' && !isHistorical(origin);
}
