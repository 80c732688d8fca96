const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Writes a size with three digits in decimal units: `0 B`, `12.3 MB`, `1.00 GB`. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}
