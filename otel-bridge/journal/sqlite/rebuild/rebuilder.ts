import type { RebuildCounts } from '../../../domain/journal.ts';
import { bringRemainders } from './bring-remainders.ts';
import { findCheckpoint } from './checkpoint.ts';
import { compareFacts } from './compare-facts.ts';
import { compareSessions } from './compare-sessions.ts';
import type { RebuildContext, RebuilderOptions } from './rebuild-context.ts';
import { createReplay } from './replay.ts';
import { openScratch } from './scratch.ts';

/** How long one step may take: appends wait no longer than that for it. */
const STEP_MS = 20;

/** How far a rebuild is, and whether there is more to do. */
export interface RebuildStep extends RebuildCounts {
  readonly more: boolean;
}

/** Builds the read model anew beside the one in use, then puts right what differs. */
export interface Rebuilder extends Disposable {
  step(): RebuildStep;
}

/**
 * Begins a rebuild. It starts from the checkpoint, sessions of which something was pruned, and replays all others.
 * It touches facts and sessions alone: counters, rollups and what waits to leave stay as they are, so nothing is
 * counted lower and nothing is sent twice.
 */
export function createRebuilder(options: RebuilderOptions): Rebuilder {
  const scratch = openScratch(options.path);
  const counts = {
    eventsDone: 0,
    eventsTotal: 0,
    checked: 0,
    corrected: 0,
    added: 0,
    removed: 0,
    unreadable: 0,
  };
  const context: RebuildContext = {
    ...options,
    scratch: scratch.database,
    checkpoint: new Set(),
    changedSessions: new Set(),
    counts,
  };
  const replay = createReplay(context);
  const work = (function* (): Generator<void, void> {
    yield* findCheckpoint(context);
    yield* replay.all();
    yield* compareSessions(context);
    yield* compareFacts(context);
    yield* bringRemainders(context);
  })();
  return {
    step() {
      const deadlineMs = performance.now() + STEP_MS;
      // Live events were projected since the last step.
      replay.catchUp();
      let more = true;
      while (more && performance.now() < deadlineMs) more = work.next().done !== true;
      // What was put right is read anew by the projections.
      options.store.reset();
      return { ...counts, more };
    },
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  };
}
