/** Further from what should have passed than this, the clock was set, or the machine slept. */
const TOLERANCE_MS = 3_600_000;

/** What a steady clock is made of. */
export interface SteadyClockOptions {
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds that only ever rise. @default performance.now */
  readonly monotonic?: () => number;
}

/**
 * Answers the time, or null where the clock was set by an hour or more since it was asked last: what deletes by age waits
 * until it has been steady from one time of asking to the next.
 */
export function createSteadyClock(options: SteadyClockOptions = {}): () => number | null {
  const { now = Date.now, monotonic = () => performance.now() } = options;
  let last = { wallMs: now(), monotonicMs: monotonic() };
  return () => {
    const asked = { wallMs: now(), monotonicMs: monotonic() };
    const driftMs = asked.wallMs - last.wallMs - (asked.monotonicMs - last.monotonicMs);
    last = asked;
    return Math.abs(driftMs) > TOLERANCE_MS ? null : asked.wallMs;
  };
}
