/** Says which spans are exported, so that under load the bridge does not talk mostly about itself. */
export interface SpanBudget {
  /** @param isFailure work that failed has a budget of its own */
  take(isFailure: boolean): boolean;
}

const WINDOW_MS = 60_000;

/** Creates a budget of so many spans a minute, and as many again for failures. */
export function createSpanBudget(perMinute: number, now: () => number): SpanBudget {
  let windowStartMs = now();
  let usedBy = { success: 0, failure: 0 };
  return {
    take(isFailure) {
      if (Math.abs(now() - windowStartMs) >= WINDOW_MS) {
        windowStartMs = now();
        usedBy = { success: 0, failure: 0 };
      }
      const kind = isFailure ? 'failure' : 'success';
      usedBy[kind] += 1;
      return usedBy[kind] <= perMinute;
    },
  };
}
