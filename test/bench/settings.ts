import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long and how often benchmarks measure. */
export interface BenchSettings {
  /** Length of a window, seconds, and of the time before it in which nothing is measured. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Pairs of the bridge and its reference, which take turns: A B B A. */
  readonly pairs: number;
  /** Events of the journals that are drained and started with. */
  readonly events: number;
  /** Full length, as the published figures are measured. */
  readonly long: boolean;
}

const LONG: BenchSettings = { seconds: 30, warmupSeconds: 10, pairs: 5, events: 5_000_000, long: true };

/** @param environment `BENCH_SECONDS=5` = short windows of that length, fewer pairs, smaller journals. */
export function readSettings(environment: NodeJS.ProcessEnv): BenchSettings {
  const text = environment.BENCH_SECONDS;
  if (text === undefined || text === '') return LONG;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Error(`Cannot use BENCH_SECONDS=${text}: expected a number of seconds`);
  return { seconds, warmupSeconds: Math.max(1, seconds / 3), pairs: 2, events: 500_000, long: false };
}

/** A folder on the disk that is measured: `BENCH_DIR`, else the system's for temporary files. */
export function makeBenchFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'agent-monitor-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
