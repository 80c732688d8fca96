/** A length of time as settings and flags write it. */
export interface Duration {
  readonly ms: number;
  /** As written, `30d`. */
  readonly text: string;
}

/** Milliseconds per unit. Months and years have no fixed length and are no units. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g;

/** What to tell who wrote something else. */
export const DURATION_FORM = 'a duration such as 30s, 10m, 24h or 30d';

/** Reads `90s`, `1h30m`, `30d`; null where the text is none or the length is zero or too long to count with. */
export function parseDuration(text: string): Duration | null {
  const written = text.trim();
  if (!WHOLE.test(written)) return null;
  let sumMs = 0;
  for (const [, amount, unit] of written.matchAll(PART)) {
    sumMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  const ms = Math.round(sumMs);
  return ms > 0 && Number.isSafeInteger(ms) ? { ms, text: written } : null;
}
