import { readFileSync } from 'node:fs';

/** Resident memory of a process over time. Linux only. */
export interface MemoryWatch extends Disposable {
  /** The most since the last call, MiB. */
  takePeakMib(): number;
}

/**
 * Resident memory of a process, MiB, without pages of files, which the kernel takes back whenever it wants: the program and
 * as much of the journal as is mapped. 0 where it has ended.
 */
export function residentMib(pid: number): number {
  try {
    return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Looks at a process, four times a second unless told. */
export function watchMemory(pid: number, intervalMs = 250): MemoryWatch {
  let peakMib = residentMib(pid);
  const timer = setInterval(() => {
    peakMib = Math.max(peakMib, residentMib(pid));
  }, intervalMs);
  return {
    takePeakMib() {
      const taken = Math.max(peakMib, residentMib(pid));
      peakMib = 0;
      return taken;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
