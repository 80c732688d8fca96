import type { DatabaseSync } from 'node:sqlite';
import type { MessagePort } from 'node:worker_threads';
import { IS_BUSY, IS_OPEN, type MergeThreadData } from './merge-thread.ts';

/**
 * The thread's side. It never waits: what a reader still needs stays in the log for the next time, as everything does
 * while the disk takes nothing. It keeps the journal open until it ends, since after each opening SQLite syncs the folder
 * too.
 */
export function runMergeThread(port: MessagePort, { mergePath, state }: MergeThreadData): void {
  let database: DatabaseSync | null = null;
  const close = (): void => {
    database?.close();
    database = null;
    tell(state, IS_OPEN);
  };
  port.on('message', async (wanted: 'merge' | 'end') => {
    if (wanted === 'end') {
      port.close();
      close();
      return;
    }
    try {
      database ??= await open(mergePath, state);
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // Nothing is lost, and nothing was promised: the writer sees that as much waits as before, and is told of the disk
      // itself.
      close();
    } finally {
      tell(state, IS_BUSY);
    }
  });
}

async function open(path: string, state: MergeThreadData['state']): Promise<DatabaseSync> {
  // Not above: the parent of the bridge is the same program, and has no use for it.
  const { DatabaseSync } = await import('node:sqlite');
  Atomics.store(state, IS_OPEN, 1);
  return new DatabaseSync(path);
}

/** Says that something is over to whoever waits for that. */
function tell(state: MergeThreadData['state'], what: typeof IS_BUSY | typeof IS_OPEN): void {
  Atomics.store(state, what, 0);
  Atomics.notify(state, what);
}
