/**
 * What the disk takes to keep 4 KiB: appends and syncs, one after the other.
 *
 * node fdatasync-loop.ts FILE SECONDS prints {"p50": ms, "p99": ms}.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { quantile } from '../measure/statistics.ts';

const [path = '', seconds] = process.argv.slice(2);
const block = Buffer.alloc(4096, 'x');
const file = openSync(path, 'w');
const durations: number[] = [];
const endMs = performance.now() + Number(seconds) * 1000;
while (performance.now() < endMs) {
  const startMs = performance.now();
  writeSync(file, block);
  fdatasyncSync(file);
  durations.push(performance.now() - startMs);
}
closeSync(file);
durations.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({ p50: quantile(durations, 0.5), p99: quantile(durations, 0.99) })}\n`,
);
