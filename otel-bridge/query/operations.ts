import type { DeadLetter, PruneCounts, PruneRequest, RebuildStatus } from '../domain/journal.ts';

/** What became of one dead letter that was tried again. */
export interface RetriedLetter {
  readonly id: number;
  readonly target: string;
  readonly lane: string;
  readonly status: string;
  readonly reason: string | null;
}

/** What the query port does beside answering questions. */
export interface Operations {
  /** Newest first. */
  listDeadLetters(limit: number): Promise<readonly DeadLetter[]>;
  /** @param ids which; null = all */
  retryDeadLetters(ids: readonly number[] | null): Promise<readonly RetriedLetter[]>;
  /** Deletes from the journal for good. */
  prune(request: PruneRequest): Promise<PruneCounts>;
  /** What `prune` would delete. */
  countPrunable(request: PruneRequest): Promise<PruneCounts>;
  /** Begins to build the read model anew, unless that goes on already. */
  startRebuild(): RebuildStatus;
  rebuildStatus(): RebuildStatus;
}
