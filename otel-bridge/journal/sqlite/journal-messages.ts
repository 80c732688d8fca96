import type { PruneRequest, QuarantinedFile, RefusedRecord } from '../../domain/journal.ts';
import type { Lane } from '../../domain/outbox.ts';
import type { SampleRound } from '../../domain/sample.ts';
import type { AppendRows } from './journal-core.ts';
import type { PruneStep } from './prune.ts';
import type { RebuildStep } from './rebuild/rebuilder.ts';

/** What the journal's thread is asked. */
export type JournalRequest =
  /** All appends of one turn of the main thread: one message costs as much as one append. */
  | { readonly op: 'append'; readonly id: number; readonly requests: readonly AppendRows[] }
  | {
      readonly op: 'advanceCursor';
      readonly id: number;
      readonly target: string;
      readonly lane: Lane;
      readonly seq: number;
      readonly refused: readonly RefusedRecord[];
    }
  | { readonly op: 'removeDeadLetters'; readonly id: number; readonly ids: readonly number[] }
  | { readonly op: 'prune'; readonly id: number; readonly request: PruneRequest }
  | { readonly op: 'putSamples'; readonly id: number; readonly round: SampleRound }
  | { readonly op: 'rebuild'; readonly id: number }
  | { readonly op: 'settled'; readonly id: number }
  | { readonly op: 'close'; readonly id: number };

/** Places of the events that were there before, counted over all requests of an append. */
export type AppendAnswer = readonly number[];

/** What the journal's thread says. */
export type JournalReply =
  | { readonly kind: 'ready'; readonly quarantined: readonly QuarantinedFile[] }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string }
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly value: AppendAnswer | PruneStep | RebuildStep | number | null;
    }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  | { readonly kind: 'outbox'; readonly lanes: Lane[] }
  /** Null: there is none any more. */
  | { readonly kind: 'problem'; readonly message: string | null };
