import type { DeliveryLog, PumpState, PumpStatus } from './delivery.ts';

/** Refusals are told in the log once in this time; all of them are dead letters with their reason. */
const REFUSAL_LOG_INTERVAL_MS = 60_000;

/** What is known of how a lane gets on with its target. Tells the log when that changes, not on every attempt. */
export interface PumpHealth {
  /** Attempts that failed in a row. */
  readonly failures: number;
  /** An attempt failed; there will be another. */
  failed(reason: string, state: 'retrying' | 'misconfigured'): void;
  /** What failed works again, without anything having been delivered. */
  recovered(): void;
  /** The target took a request; `warning` is what it had to say. */
  accepted(warning: string | null): void;
  /** The target answered that it never will take the request, so it is there. */
  refused(reason: string): void;
  /** A record was given up. */
  gaveUp(reason: string): void;
  /** Nothing waits, something does, or the pump has ended. */
  enter(state: 'idle' | 'sending' | 'stopped'): void;
  status(): Pick<PumpStatus, 'state' | 'lastSuccessMs' | 'lastError' | 'refusedRecords'>;
}

/** What health needs. */
export interface PumpHealthOptions {
  /** Target and lane, for the log. */
  readonly fields: object;
  readonly log: DeliveryLog;
  /** Unix ms. */
  readonly now: () => number;
}

/** Creates the health of a pump. */
export function createPumpHealth({ fields, log, now }: PumpHealthOptions): PumpHealth {
  let state: PumpState = 'idle';
  let failures = 0;
  let lastSuccessMs: number | null = null;
  let lastError: string | null = null;
  let refusedRecords = 0;
  let refusalToldMs = Number.NEGATIVE_INFINITY;

  const answered = (): void => {
    if (failures > 0) log.info({ ...fields, failures }, 'Delivery goes on');
    failures = 0;
    state = 'sending';
  };
  return {
    get failures() {
      return failures;
    },
    failed(reason, newState) {
      failures += 1;
      if (failures === 1 || (newState === 'misconfigured' && state !== newState)) {
        log.warn({ ...fields, reason }, EXPLANATIONS[newState]);
      }
      state = newState;
      lastError = reason;
    },
    recovered() {
      answered();
      lastError = null;
    },
    accepted(warning) {
      answered();
      lastError = null;
      lastSuccessMs = now();
      if (warning !== null) log.warn({ ...fields, warning }, 'The target has a warning');
    },
    refused(reason) {
      answered();
      lastError = reason;
    },
    gaveUp(reason) {
      refusedRecords += 1;
      if (now() - refusalToldMs < REFUSAL_LOG_INTERVAL_MS) return;
      refusalToldMs = now();
      log.warn(
        { ...fields, reason, refusedRecords },
        'The target refused a record for good: it is a dead letter',
      );
    },
    enter(newState) {
      // As long as attempts fail, that is the state.
      if (failures === 0 || newState === 'stopped') state = newState;
    },
    status: () => ({ state, lastSuccessMs, lastError, refusedRecords }),
  };
}

const EXPLANATIONS = {
  retrying: 'The target is away. Nothing is dropped, delivery tries on',
  misconfigured:
    'The target does not take this: check its address and credentials. Nothing is dropped, delivery tries on',
} as const;
