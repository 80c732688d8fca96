/** Appends that lie no further apart than this keep the writer busy. */
const BUSY_MS = 20;
/** While it is, projections get this part of its time: less, and they would fall behind for as long as the load lasts. */
const BUSY_SHARE = 0.4;
/** And this one where appends alone would fill its time: what comes in faster than that is caught up with afterwards. */
const FULL_SHARE = 0.2;
/** Appends that took more than this part of the time between two steps would fill it. */
const FULL_LOAD = 0.5;
/** And no more at once than those who append can wait. */
const BUSY_STEP_MS = 4;
const IDLE_STEP_MS = 20;
/**
 * Once nothing is left to do, what comes in gathers for so long: a step costs a millisecond or two for one event and
 * hardly more for ten, and whoever appends meanwhile does not wait for it.
 */
const REST_MS = 50;
/**
 * Projections give way at once to whoever appends. Once they have been behind for so long, they work for a while before
 * they do: the longer they are behind, the longer.
 */
const BEHIND_MS = 100;
/** So much of the time that they are behind beyond that. */
const BEHIND_SHARE = 0.01;

/** Divides the writer's time between appends, which somebody waits for, and projections. Times are milliseconds. */
export interface ProjectionPace {
  /** Appends were made durable. */
  appended(startMs: number, endMs: number): void;
  /** How long projections may work from now on; 0 = not now. */
  budgetMs(nowMs: number): number;
  /** Whether work that began at `startMs` ends as soon as somebody appends. */
  givesWay(startMs: number, nowMs: number): boolean;
  /** Whether somebody appended a moment ago. */
  isBusy(nowMs: number): boolean;
  /** They worked; `more` where there is more to do. */
  worked(startMs: number, endMs: number, more: boolean): void;
  /** How long until they may work again. */
  nextMs(nowMs: number): number;
}

/** Creates a pace that nothing is known of yet. */
export function createProjectionPace(): ProjectionPace {
  let appendedMs = Number.NEGATIVE_INFINITY;
  let workedMs = Number.NEGATIVE_INFINITY;
  /** What appends have taken since projections worked. */
  let appendingMs = 0;
  /** Until then the time belongs to appends, while any come. */
  let owedUntilMs = Number.NEGATIVE_INFINITY;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  /** When the first append came that was not projected at once; null while there is nothing left to do. */
  let behindSinceMs: number | null = null;
  const isBusy = (nowMs: number): boolean => nowMs - appendedMs < BUSY_MS;
  const nextMs = (nowMs: number): number => {
    const yieldUntilMs = isBusy(nowMs) ? Math.min(owedUntilMs, appendedMs + BUSY_MS) : nowMs;
    return Math.max(0, yieldUntilMs - nowMs, restUntilMs - nowMs);
  };
  return {
    appended(startMs, endMs) {
      appendedMs = endMs;
      appendingMs += endMs - startMs;
      behindSinceMs ??= endMs;
    },
    budgetMs(nowMs) {
      if (nextMs(nowMs) > 0) return 0;
      return isBusy(nowMs) ? BUSY_STEP_MS : IDLE_STEP_MS;
    },
    isBusy,
    givesWay(startMs, nowMs) {
      const behindMs = startMs - (behindSinceMs ?? startMs);
      return nowMs - startMs >= (behindMs - BEHIND_MS) * BEHIND_SHARE;
    },
    worked(startMs, endMs, more) {
      if (!more) behindSinceMs = null;
      restUntilMs = more ? endMs : endMs + REST_MS;
      const share = appendingMs > (startMs - workedMs) * FULL_LOAD ? FULL_SHARE : BUSY_SHARE;
      owedUntilMs = endMs + (endMs - startMs) * (1 / share - 1);
      workedMs = endMs;
      appendingMs = 0;
    },
    nextMs,
  };
}
