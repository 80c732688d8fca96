/** Nano-dollars as whole micro-dollars, half up. Round sums, never what is summed. */
export function microUsd(nanoUsd: number): number {
  return Math.floor(nanoUsd / 1000) + (nanoUsd % 1000 >= 500 ? 1 : 0);
}

/** The same; null stays null. */
export function microUsdOrNull(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : microUsd(nanoUsd);
}
