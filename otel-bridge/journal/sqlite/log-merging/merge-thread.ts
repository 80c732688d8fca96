import type { Worker } from 'node:worker_threads';

/** What the thread is started with: plain data, and one number that both sides see. */
export interface MergeThreadData {
  readonly mergePath: string;
  /** 1 while the log is being merged. */
  readonly isBusy: Int32Array<SharedArrayBuffer>;
}

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

/** Creates the thread when it is first needed; while little is written there is none. @param start makes it */
export function createMergeThread(path: string, start: (data: MergeThreadData) => Worker): MergeThread {
  const isBusy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let worker: Worker | null = null;
  let timer: NodeJS.Timeout | undefined;
  const isMerging = (): boolean => Atomics.load(isBusy, 0) === 1;
  const end = (): void => {
    // It ends by itself: one that is broken off may be within SQLite.
    worker?.postMessage('end');
    worker = null;
  };
  const endWhenIdle = (): void => {
    timer = setTimeout(() => (isMerging() ? endWhenIdle() : end()), IDLE_MS).unref();
  };
  return {
    get isBusy() {
      return isMerging();
    },
    begin() {
      Atomics.store(isBusy, 0, 1);
      if (worker === null) {
        worker = start({ mergePath: path, isBusy });
        worker.unref();
      }
      worker.postMessage('merge');
      clearTimeout(timer);
      endWhenIdle();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      // Whoever closes the journal last merges and removes the log.
      Atomics.wait(isBusy, 0, 1, END_MS);
      end();
    },
  };
}

/** True for the data that a merge thread is started with. */
export function isMergeThreadData(data: unknown): data is MergeThreadData {
  return typeof data === 'object' && data !== null && 'mergePath' in data;
}
