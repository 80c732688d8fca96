import type { AgentEvent } from './event.ts';
import type { Lane, OutboxRecord, RawRequest } from './outbox.ts';
import type { SampleRound } from './sample.ts';

/** What became of one event of an append. */
export type AppendStatus = 'stored' | 'duplicate';

/** One unit of input; all of it becomes durable in one transaction, or nothing. */
export interface AppendRequest {
  readonly events: readonly AgentEvent[];
  /** OTLP requests to pass on as they are, kept until every target has them. Their memory goes with them. */
  readonly raw?: readonly RawRequest[];
}

/** A record that a target refused for good. */
export interface DeadLetter {
  readonly id: number;
  readonly target: string;
  readonly lane: Lane;
  readonly reason: string;
  readonly failedMs: number;
  /** The record, as JSON for our own lanes, base64 protobuf for raw ones. */
  readonly record: string;
}

/** A damaged file of the journal that was put aside; nothing of it was deleted. */
export interface QuarantinedFile {
  /** Where it is now. */
  readonly path: string;
  /** What was found. */
  readonly reason: string;
  readonly atMs: number;
  /** False where counters could not be read and began anew, as those of another instance. */
  readonly countersKept: boolean;
  /** How many could be carried over. */
  readonly events: number;
  readonly facts: number;
}

/** How the journal is doing. */
export interface JournalHealth {
  /** Why nothing can be written or projected for now; null where all is well. */
  readonly problem: string | null;
  /** Damaged files that were put aside, newest first. */
  readonly quarantined: readonly QuarantinedFile[];
}

/**
 * What to delete: everything that is known of one session, or what is from before a time: single events, and the facts
 * of whole days, whose sums by day stay. Identities stay in both cases: what comes once more counts nothing.
 */
export type PruneRequest = { readonly sessionId: string } | { readonly beforeMs: number };

/** How much was deleted. */
export interface PruneCounts {
  readonly events: number;
  readonly facts: number;
  /** Records that waited to leave, and dead letters. */
  readonly records: number;
}

/** How far a rebuild of the read model is, and what it found. */
export interface RebuildCounts {
  /** Events that were replayed, of all that the journal has. */
  readonly eventsDone: number;
  readonly eventsTotal: number;
  /** Sessions and facts that were compared with what the events tell. */
  readonly checked: number;
  /** Of those, how many differed and were put right. */
  readonly corrected: number;
  /** That the events tell of and that were missing. They are shown and summed, and move no counter. */
  readonly added: number;
  /** That no event tells of. */
  readonly removed: number;
  /** Events that could not be projected; they are dead letters already. */
  readonly unreadable: number;
}

/** How the rebuild that began last is doing. */
export interface RebuildStatus {
  readonly state: 'never' | 'running' | 'done' | 'failed';
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** Why it failed; null where it did not. */
  readonly reason: string | null;
  readonly counts: RebuildCounts;
}

/**
 * The durable journal: one writer, any number of readers.
 * Implementations: `journal/sqlite`. No SQL exists outside `journal/`.
 */
export interface Journal extends AsyncDisposable {
  /**
   * Makes the request durable and answers, in the order of `events`, what became of each.
   * Resolves only after the commit is synced to disk.
   * @throws MonitorError `unavailable` when the disk is full, read-only or failing: nothing of the request was kept.
   */
  append(request: AppendRequest): Promise<AppendStatus[]>;
  /** Up to `limit` records of a lane after position `afterSeq`, oldest first. */
  readOutbox(lane: Lane, afterSeq: number, limit: number): Promise<OutboxRecord[]>;
  /** How many records of a lane are after position `afterSeq`. */
  countOutbox(lane: Lane, afterSeq: number): Promise<number>;
  /** The position up to which `target` has `lane`; 0 at first. */
  readCursor(target: string, lane: Lane): Promise<number>;
  /** Moves the cursor and stores what the target refused for good, in one transaction. */
  advanceCursor(target: string, lane: Lane, seq: number, refused: readonly RefusedRecord[]): Promise<void>;
  /** Newest first. */
  listDeadLetters(limit: number): Promise<DeadLetter[]>;
  /** Deletes dead letters, once their targets have them after all. Answers how many there were. */
  removeDeadLetters(ids: readonly number[]): Promise<number>;
  /** Deletes for good, in small steps that ingest does not wait for. Counters stay as they are. */
  prune(request: PruneRequest): Promise<PruneCounts>;
  /** Stores a round of a sampler: the newest state in place of the one before, and its counters. Resolves after the commit. */
  putSamples(round: SampleRound): Promise<void>;
  /** What `prune` would delete. */
  countPrunable(request: PruneRequest): Promise<PruneCounts>;
  /**
   * Builds sessions and facts anew from the events, beside the present ones, and puts right what differs, in small
   * steps that ingest does not wait for. What was pruned stays known as it is. Counters stay as they are, and nothing
   * is sent. One at a time.
   */
  rebuild(onProgress: (counts: RebuildCounts) => void): Promise<RebuildCounts>;
  health(): JournalHealth;
  /** Resolves when everything appended so far is projected and every fact that is due is settled. For tests and shutdown. */
  settled(): Promise<void>;
  /** Calls back after outbox records of a lane were added. Answers the function that ends it. */
  onOutbox(listener: (lane: Lane) => void): () => void;
  /**
   * Calls back with events after they are durable (live feed). Answers the function that ends it.
   * @param isWanted asked before they are: what nobody wants is not kept in memory until then. @default all
   */
  onEvents(
    listener: (events: readonly AgentEvent[]) => void,
    isWanted?: (event: AgentEvent) => boolean,
  ): () => void;
}

/** One record that a target refused for good, with the reason it gave. */
export interface RefusedRecord {
  readonly seq: number;
  readonly reason: string;
}
