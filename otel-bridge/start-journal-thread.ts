import { Worker } from 'node:worker_threads';
import type { BridgeConfig } from './config.ts';

/** What the journal's thread is started with: plain data. */
export interface JournalThreadData {
  readonly config: BridgeConfig;
  /** The program's file. */
  readonly program: string;
}

/** Starts the thread that owns the journal, from the program's own file. */
export function startJournalThread(config: BridgeConfig, program: string): Worker {
  return new Worker(program, { workerData: { config, program } satisfies JournalThreadData });
}
