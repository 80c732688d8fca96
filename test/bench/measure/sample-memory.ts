import { setTimeout as delay } from 'node:timers/promises';
import { readMemory } from './processes.ts';
import { type Spread, spreadOf } from './statistics.ts';

const INTERVAL_MS = 250;

/** Memory over some time. */
export interface MemorySamples<T> {
  /** Of all processes together, pages that they share counted once, MiB. */
  readonly totalMib: Spread;
  /** The most that one of them had resident, MiB. */
  readonly largestRssMib: number;
  /** What was waited for. */
  readonly result: T;
}

/** Looks at the memory of processes again and again until the work is done. */
export async function sampleMemory<T>(pids: readonly number[], work: Promise<T>): Promise<MemorySamples<T>> {
  const totals: number[] = [];
  let largestRssMib = 0;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  do {
    const memories = pids.map(readMemory);
    // Their program is the same. Not divided by all who run it: others on the machine may.
    const sharedMib = Math.max(...memories.map((memory) => memory.sharedMib));
    totals.push(memories.reduce((sum, { privateMib }) => sum + privateMib, sharedMib));
    largestRssMib = Math.max(largestRssMib, ...memories.map(({ rssMib }) => rssMib));
    await Promise.race([delay(INTERVAL_MS), done]);
  } while (!isDone);
  return { totalMib: spreadOf(totals), largestRssMib, result: await done };
}
