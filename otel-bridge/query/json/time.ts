/** A moment as ISO 8601 in UTC. */
export function isoTime(tsMs: number): string {
  return new Date(tsMs).toISOString();
}

/** The same; null stays null. */
export function isoTimeOrNull(tsMs: number | null): string | null {
  return tsMs === null ? null : isoTime(tsMs);
}
