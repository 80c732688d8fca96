/** For how long a part of the projector may work. */
export interface Turn {
  /** True once its time is over, or somebody waits for the writer. It costs next to nothing. */
  isOver(): boolean;
  /** How many rows to read at most: no machine takes more of them in the time that is left. */
  rows(most: number): number;
}

/** Those that are read and not taken are read in vain; a turn that is short to begin with often ends earlier still. */
const ROWS_PER_MS = 24;
const SHORT_MS = 5;
const FEWEST_ROWS = 8;

/** Starts a turn. @param isWanted says that somebody waits for the writer */
export function startTurn(budgetMs: number, isWanted: () => boolean): Turn {
  const deadlineMs = performance.now() + budgetMs;
  const rowsPerMs = budgetMs < SHORT_MS ? ROWS_PER_MS / 2 : ROWS_PER_MS;
  return {
    isOver: () => performance.now() > deadlineMs || isWanted(),
    rows: (most) =>
      Math.max(FEWEST_ROWS, Math.min(most, Math.ceil((deadlineMs - performance.now()) * rowsPerMs))),
  };
}
