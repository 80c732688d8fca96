import { readFileSync } from 'node:fs';

const MIB = 2 ** 20;

/** Memory of a process, MiB. Linux. */
export interface ProcessMemory {
  /** Resident, pages that others use too included. */
  readonly rssMib: number;
  /** Resident, pages that others use too divided among them. */
  readonly pssMib: number;
}

/** @throws Error when the process is gone. */
export function readMemory(pid: number): ProcessMemory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  return { rssMib: (kibibytes('Rss') * 1024) / MIB, pssMib: (kibibytes('Pss') * 1024) / MIB };
}

/** Bytes that a process has had written to disks so far. */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Who started a process. */
export function readParentPid(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
