import type { MessagePort } from 'node:worker_threads';
import type { MergeThreadData } from './merge-thread.ts';

/**
 * The thread's side. It has the journal open while it merges and no longer, and never waits: what a reader still needs
 * stays in the log for the next time, as everything does while the disk takes nothing.
 */
export function runMergeThread(port: MessagePort, { mergePath, isBusy }: MergeThreadData): void {
  port.on('message', async (wanted: 'merge' | 'end') => {
    if (wanted === 'end') {
      port.close();
      return;
    }
    try {
      // Not above: the parent of the bridge is the same program, and has no use for it.
      const { DatabaseSync } = await import('node:sqlite');
      const database = new DatabaseSync(mergePath);
      try {
        database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      } finally {
        database.close();
      }
    } catch {
      // Nothing is lost, and nothing was promised: the writer sees that as much waits as before, and is told of the disk
      // itself.
    } finally {
      Atomics.store(isBusy, 0, 0);
      Atomics.notify(isBusy, 0);
    }
  });
}
