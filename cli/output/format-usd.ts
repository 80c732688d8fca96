const MICRO_PER_DOLLAR = 1_000_000;

/**
 * Writes integer micro-dollars as dollars: cents from one dollar on, more digits below, so that no cost that is
 * not zero ever reads as zero: `$1,234.50`, `$0.0421`, `$0.000012`, `$0.00`. A cost that is not known is `-`.
 */
export function formatUsd(microUsd: number | null): string {
  if (microUsd === null) return '-';
  const sign = microUsd < 0 ? '-' : '';
  const size = Math.abs(microUsd);
  return `${sign}$${(size / MICRO_PER_DOLLAR).toLocaleString('en-US', digitsFor(size))}`;
}

function digitsFor(size: number): Intl.NumberFormatOptions {
  if (size === 0 || size >= MICRO_PER_DOLLAR) return { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  // 100 micro-dollars are the last place that four digits can show.
  if (size >= 100) return { minimumFractionDigits: 4, maximumFractionDigits: 4 };
  return { minimumFractionDigits: 6, maximumFractionDigits: 6 };
}
