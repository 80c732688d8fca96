import type { DeadLetter, Journal } from '../domain/journal.ts';
import type { Lane } from '../domain/outbox.ts';

/** What delivery uses of the journal. */
export type DeliveryJournal = Pick<
  Journal,
  'readOutbox' | 'countOutbox' | 'readCursor' | 'advanceCursor' | 'onOutbox'
>;

/** Where delivery tells what an operator should know. pino fits. */
export interface DeliveryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Durations of delivery, milliseconds. */
export interface DeliveryTimings {
  /** How long a target may take to answer. */
  readonly requestTimeoutMs: number;
  /** Upper limit of the first pause after a failure; it doubles with each further one. */
  readonly firstBackoffMs: number;
  /** Upper limit of every pause that the target did not ask for. */
  readonly maxBackoffMs: number;
  /** How often an idle lane looks for records that no one announced. */
  readonly pollMs: number;
  /** How long the end may wait for what is still in the outbox. */
  readonly drainMs: number;
}

/** What is used unless tests say otherwise. */
export const DELIVERY_TIMINGS: DeliveryTimings = {
  requestTimeoutMs: 10_000,
  firstBackoffMs: 500,
  maxBackoffMs: 10_000,
  pollMs: 1_000,
  drainMs: 2_000,
};

/**
 * `idle`: the target has everything, or gets it with the next interval. `sending`: records are under way. `retrying`: the target is away or asked to
 * wait. `misconfigured`: it answers 401, 403, 404 or something that no OTLP receiver says. `stopped`: after the end.
 */
export type PumpState = 'idle' | 'sending' | 'retrying' | 'misconfigured' | 'stopped';

/** Health of one lane to one target. */
export interface PumpStatus {
  readonly target: string;
  readonly lane: Lane;
  readonly state: PumpState;
  /** Records that wait in the outbox for this target. */
  readonly lagRecords: number;
  /** When the target last took a request, unix ms; null = not since the start. */
  readonly lastSuccessMs: number | null;
  /** Why the last request failed; null after a success. */
  readonly lastError: string | null;
  /** Records that the target refused for good since the start; they are dead letters. */
  readonly refusedRecords: number;
}

/** One request to a target and what it came to. */
export interface DeliveryRequest {
  readonly target: string;
  readonly lane: Lane;
  readonly records: number;
  /** Before compression. */
  readonly sizeBytes: number;
  readonly outcome: 'accepted' | 'refused' | 'retry' | 'misconfigured';
  /** Why it was not accepted; null where it was. */
  readonly reason: string | null;
  /** Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What a dead letter's second chance came to. `no_target`: its target is no longer configured. */
export type ResendResult =
  | { readonly status: 'accepted' | 'no_target' }
  | { readonly status: 'refused' | 'unreachable'; readonly reason: string };

/** Carries the outbox to the targets until it is disposed of, which drains briefly. */
export interface Delivery extends AsyncDisposable {
  /** One entry per lane and target. */
  status(): Promise<PumpStatus[]>;
  /** Sends a record again, to the target that refused it and to no other. Once; changes nothing in the journal. */
  resend(letter: DeadLetter): Promise<ResendResult>;
}
