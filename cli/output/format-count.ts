/** Writes a count with separators: `1,234,567`. Exact, since people compare these with their bills. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
