import { type MessagePort, Worker } from 'node:worker_threads';
import { freeMemoryWhenQuiet } from './free-memory.ts';
import { laneTargets } from './journal/lane-targets.ts';
import { runJournalWorker } from './journal/sqlite/journal-worker.ts';
import { contextWindow } from './pricing/context-window.ts';
import { priceOf } from './pricing/price-of.ts';
import type { JournalThreadData } from './start-journal-thread.ts';

/** The thread's side: wires projections to the journal. */
export function runJournalThread(port: MessagePort, { config, program }: JournalThreadData): void {
  freeMemoryWhenQuiet();
  runJournalWorker({
    port,
    path: config.journal_path,
    startMergeThread: (workerData) => new Worker(program, { workerData }),
    targets: laneTargets(config.targets, config.telemetry.traces),
    timezone: config.timezone,
    maxBytes: config.retention.journal_size_bytes,
    metricIntervalMs: config.telemetry.metric_interval_ms,
    settings: {
      settleMs: config.facts.settle_ms,
      historyAfterMs: config.facts.history_after_ms,
      idleEndMs: config.sessions.idle_end_ms,
      rules: config.projects,
      priceOf: (call) => priceOf(call, config.prices)?.costNanoUsd ?? null,
      windowOf: contextWindow,
      billing: config.billing,
    },
  });
}
