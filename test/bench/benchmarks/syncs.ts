import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { readWrittenBytes } from '../measure/processes.ts';
import { spreadOf } from '../measure/statistics.ts';
import { singleEnvelopes } from '../payload/envelopes.ts';
import { startMeasuredBridge } from '../subject/bridge.ts';
import { sendToBridge } from '../subject/bridge-window.ts';

/** Long enough for every fact to settle and every record to leave. */
const SETTLED_MS = 25_000;

/** What being durable costs the disk. These hardly depend on how busy the machine is. */
export const syncs: Benchmark = {
  name: 'syncs',
  async run(context) {
    const written = {
      what: 'bytes written to disk per byte of payload, all told',
      unit: '',
      note: 'journal, projections and outbox, until everything had been delivered; pages that are written twice count twice',
    };
    const synced = 'fdatasync calls per 1,000 acknowledged events, 64 connections';
    const template = writeTemplate(context.folder, 'syncs', singleEnvelopes());
    await using sink = await context.load.startSink();
    const window = { template, to: 'ingest', connections: 64, stores: 'ids' } as const;
    const common = { folder: context.folder, program: context.program.bridge, sinkUrl: sink.url };
    await using plain = await startMeasuredBridge(common);
    const { ackedBytes } = await sendToBridge(context, plain, window);
    await delay(SETTLED_MS);
    const bytes = { ...written, value: spreadOf([readWrittenBytes(plain.pids.bridge) / ackedBytes]) };
    await plain.stop();

    const missing = missingTracer();
    if (missing !== null) return [bytes, { what: synced, skipped: missing }];
    const trace = join(context.folder, 'syscalls');
    await using traced = await startMeasuredBridge({
      ...common,
      wrapper: ['strace', '-f', '--seccomp-bpf', '-c', '-e', 'trace=fdatasync,fsync', '-o', trace],
    });
    const { ackedItems } = await sendToBridge(context, traced, window);
    await traced.stop();
    const value = spreadOf([(countCalls(trace) / ackedItems) * 1000]);
    return [{ what: synced, value, unit: '', bound: { of: 'value', better: 'lower', atLeast: 40 } }, bytes];
  },
};

/** Why system calls cannot be counted; null where they can. */
function missingTracer(): string | null {
  try {
    execFileSync('strace', ['-f', '--seccomp-bpf', '-e', 'trace=fsync', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'strace is not installed, or this machine does not let it trace: apt-get install strace';
  }
}

/** Sum of the column `calls` of what `strace -c` wrote. */
function countCalls(path: string): number {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => /\b(?:fdatasync|fsync)$/.test(line.trim()))
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[3]), 0);
}
