import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../domain/error.ts';
import type { HostLog } from '../host-log.ts';
import { DROPPED_FILE } from './append-to-spool.ts';
import { type DrainSpoolOptions, drainSpool, type PostResult } from './drain-spool.ts';

/** Options of `startSpoolDrain`. */
export interface SpoolDrainOptions extends Pick<DrainSpoolOptions, 'folder' | 'post'> {
  readonly log: HostLog;
  /** How often the spool is looked at. @default 2000 */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 2000;
/** Failures that sending once more does not mend. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'too_large']);
/** Between attempts while nobody takes anything, at most. */
const LAST_RETRY_MS = 30_000;

/** Delivers what hooks kept while the bridge was away, until it is disposed. */
export function startSpoolDrain(options: SpoolDrainOptions): AsyncDisposable {
  const { folder, post, log, intervalMs = INTERVAL_MS } = options;
  const stop = new AbortController();

  // What will never be taken must not stand in the way of what comes after it.
  const postOrRefuse = async (lines: Buffer): Promise<PostResult> => {
    try {
      return await post(lines);
    } catch (error) {
      if (!REFUSALS.has(errorCode(error))) throw error;
      log.warn({ folder, err: error }, `Hooks were refused for good and put aside in "${folder}"`);
      return 'refused';
    }
  };

  const round = async (): Promise<number> => {
    try {
      tellOfLoss(folder, log);
      const batches = await drainSpool({ folder, post: postOrRefuse });
      if (batches > 0) log.info({ batches }, 'delivered what hooks had kept');
      return intervalMs;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { folder, err: error },
        `Cannot deliver what hooks kept in "${folder}": ${reason}. Trying again`,
      );
      return LAST_RETRY_MS;
    }
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const waitMs = await round();
      await sleep(waitMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function tellOfLoss(folder: string, log: HostLog): void {
  const path = join(folder, DROPPED_FILE);
  if (!existsSync(path)) return;
  const dropped = readFileSync(path, 'utf8').trim().split('\n');
  rmSync(path);
  log.warn(
    { folder, dropped },
    `Hooks were lost: the spool was full ${dropped.length} times while the bridge was away`,
  );
}
