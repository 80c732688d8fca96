/** Knows how long what arrives now had to wait until this process looked at it. */
export interface LagMeter extends Disposable {
  /**
   * How long the present turn of the event loop has been going on, ms, where the one before was long as well; else 0: one
   * long turn alone is a pause (garbage, another program), not too much work.
   */
  lagMs(): number;
}

/** What a lag meter may be told. */
export interface LagMeterOptions {
  /** A turn before the present one that was shorter than this says that there is no lag, ms. @default 100 */
  readonly longTurnMs?: number;
  /** Monotonic, ms. @default performance.now */
  readonly clock?: () => number;
}

/** Often enough to see every turn that is long, and seldom enough to cost nothing. */
const INTERVAL_MS = 50;
const LONG_TURN_MS = 100;

/** Starts to measure. */
export function startLagMeter(options: LagMeterOptions = {}): LagMeter {
  const { longTurnMs = LONG_TURN_MS, clock = () => performance.now() } = options;
  let turnBeganMs = clock();
  let lastTurnMs = 0;
  // Timers are looked at once a turn, before anything that arrived is read.
  const timer = setInterval(() => {
    const nowMs = clock();
    lastTurnMs = nowMs - turnBeganMs;
    turnBeganMs = nowMs;
  }, INTERVAL_MS).unref();
  return {
    lagMs: () => (lastTurnMs < longTurnMs ? 0 : clock() - turnBeganMs),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
