import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often it is looked whether there is quiet, ms. */
const LOOK_MS = 500;
/** A thread that did nothing for the rest of that time is quiet. */
const QUIET_SHARE = 0.1;
/** What a heap has to have grown by since it was collected last for that to be worth the time. */
const WORTH_BYTES = 8 * 1024 * 1024;
/** Between two collections, ms: whoever sends now and then would meet them. */
const REST_MS = 30_000;

/**
 * Gives back what a burst of work left behind in this thread's heap, as soon as nobody waits for it: V8 itself keeps the
 * room in case that it is needed again. The first burst is the start of the program, whose garbage is as large as what
 * remains. Takes some ten milliseconds.
 */
export function freeMemoryWhenQuiet(): Disposable {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as NodeJS.GCFunction;
  let last = performance.eventLoopUtilization();
  let restUntilMs = 0;
  let keptBytes = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization > QUIET_SHARE || performance.now() < restUntilMs) return;
    if (getHeapStatistics().total_heap_size < keptBytes + WORTH_BYTES) return;
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    restUntilMs = performance.now() + REST_MS;
    keptBytes = getHeapStatistics().total_heap_size;
  }, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
