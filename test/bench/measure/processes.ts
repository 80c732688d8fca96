import { readdirSync, readFileSync } from 'node:fs';

const MIB = 2 ** 20;
/** What Linux counts CPU time in, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** Memory of a process, MiB. Linux. */
export interface ProcessMemory {
  /** Resident, pages that others use too included. */
  readonly rssMib: number;
  /** Resident, of its own alone. */
  readonly privateMib: number;
  /** Resident, and used by others too: above all the program. */
  readonly sharedMib: number;
}

/** @throws Error when the process is gone. */
export function readMemory(pid: number): ProcessMemory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mebibytes = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024) / MIB;
  return {
    rssMib: mebibytes('Rss'),
    privateMib: mebibytes('Private_Clean') + mebibytes('Private_Dirty'),
    sharedMib: mebibytes('Shared_Clean') + mebibytes('Shared_Dirty'),
  };
}

/** Bytes that a process has had written to disks so far. */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** The most that a process had resident so far, MiB. */
export function readPeakMemoryMib(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kibibytes) * 1024) / MIB;
}

/** CPU time of a process and of those of its children that it waited for, seconds. */
export function readCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before them may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Processes whose command line holds a text. */
export function findProcesses(text: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text) ? [Number(name)] : [];
    } catch {
      // Gone meanwhile.
      return [];
    }
  });
}

/** Who started a process. */
export function readParentPid(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
