import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** The figures are those of a machine with two cores, which everything shares: bridge, generator, sink. */
export const CORES = 2;

/** `tmpfs` of statfs(2): a sync costs nothing there. */
const TMPFS_TYPE = 0x01021994;

/** Keeps this process and all that it starts on two cores. */
export function useTwoCores(): void {
  if (availableParallelism() <= CORES) return;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `0-${CORES - 1}`, String(process.pid)]);
}

/** @throws Error where a sync would not reach a disk. */
export function assertRealDisk(folder: string): void {
  if (statfsSync(folder).type !== TMPFS_TYPE) return;
  throw new Error(`Cannot measure in ${folder}: it is in memory. Set BENCH_DIR to a folder on a disk`);
}

/** What kind of machine this is; nothing that tells which one. */
export function describeMachine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = (cpus()[0]?.model ?? process.arch).trim();
  return `${Math.min(CORES, availableParallelism())} cores (${model}), ${memory}, ${process.platform}, Node ${process.versions.node}, SQLite ${process.versions.sqlite}`;
}
