/**
 * What the disk takes to keep 4 KiB: appends and syncs, one after the other, or so many a second.
 *
 * node fdatasync-loop.ts FILE SECONDS [RATE] prints {"p50": ms, "p99": ms}.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { quantile } from '../measure/statistics.ts';

const [path = '', seconds, rate] = process.argv.slice(2);
const pauseMs = rate === undefined ? 0 : 1000 / Number(rate);
const block = Buffer.alloc(4096, 'x');
const file = openSync(path, 'w');
const durations: number[] = [];
const never = new Int32Array(new SharedArrayBuffer(4));
const firstMs = performance.now();
const endMs = firstMs + Number(seconds) * 1000;
while (performance.now() < endMs) {
  const dueInMs = firstMs + durations.length * pauseMs - performance.now();
  if (dueInMs > 0) Atomics.wait(never, 0, 0, dueInMs);
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
