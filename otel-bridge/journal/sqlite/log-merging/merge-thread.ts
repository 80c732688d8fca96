import type { Worker } from 'node:worker_threads';

/** What the thread is started with: plain data, and numbers that both sides see. */
export interface MergeThreadData {
  readonly mergePath: string;
  /** At `IS_BUSY` 1 while the log is being merged, at `IS_OPEN` 1 while the thread has the journal open. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

/** Places in the state that both sides see. */
export const IS_BUSY = 0;
export const IS_OPEN = 1;

/** How long the end waits for a merge that goes on, ms: no disk that works takes longer. */
const END_MS = 10_000;
/** A thread that had nothing to do for so long ends: it takes ten mebibytes. */
const IDLE_MS = 30_000;

/** Merges the write-ahead log in a thread of its own. The journal is complete with it or without it. */
export interface MergeThread extends Disposable {
  /** True while it merges. */
  readonly isBusy: boolean;
  /** Merges what is in the log by now. */
  begin(): void;
}

/** The thread while there is one. */
interface Running {
  readonly worker: Worker;
  readonly state: MergeThreadData['state'];
}

/** Creates the thread when it is first needed; while little is written there is none. @param start makes it */
export function createMergeThread(path: string, start: (data: MergeThreadData) => Worker): MergeThread {
  let running: Running | null = null;
  let timer: NodeJS.Timeout | undefined;
  const isMerging = (): boolean => running !== null && Atomics.load(running.state, IS_BUSY) === 1;
  const end = (): void => {
    // It ends by itself: one that is broken off may be within SQLite.
    running?.worker.postMessage('end');
    running = null;
  };
  const endWhenIdle = (): void => {
    timer = setTimeout(() => (isMerging() ? endWhenIdle() : end()), IDLE_MS).unref();
  };
  const begun = (): Running => {
    const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const worker = start({ mergePath: path, state });
    worker.unref();
    return { worker, state };
  };
  return {
    get isBusy() {
      return isMerging();
    },
    begin() {
      running ??= begun();
      Atomics.store(running.state, IS_BUSY, 1);
      running.worker.postMessage('merge');
      clearTimeout(timer);
      endWhenIdle();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      const state = running?.state;
      if (state !== undefined) Atomics.wait(state, IS_BUSY, 1, END_MS);
      end();
      // Whoever closes the journal last merges and removes the log.
      if (state !== undefined) Atomics.wait(state, IS_OPEN, 1, END_MS);
    },
  };
}

/** True for the data that a merge thread is started with. */
export function isMergeThreadData(data: unknown): data is MergeThreadData {
  return typeof data === 'object' && data !== null && 'mergePath' in data;
}
