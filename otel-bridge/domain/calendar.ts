/**
 * Calendar days of a time zone as ranges of unix time. Exact wherever the zone's offset comes from the IANA database:
 * days of 23 and 25 hours, offsets of 30 and 45 minutes, days without a midnight, days that never were.
 */

const DAY_MS = 86_400_000;

/** A stretch of time within one local date. A date has several where its clocks were set back over midnight. */
export interface DayRange {
  /** Local date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Unix ms, inclusive. */
  readonly fromMs: number;
  /** Unix ms, exclusive. */
  readonly toMs: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** True for a name that this runtime knows as a time zone (`Europe/Berlin`, `UTC`). */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    // Intl has no other way to ask.
    return false;
  }
}

/** What local clocks show more than UTC at that moment, ms. */
export function offsetMs(tsMs: number, timezone: string): number {
  const second = Math.floor(tsMs / 1000) * 1000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(second)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
}

/** The local date at that moment, `YYYY-MM-DD`. */
export function localDate(tsMs: number, timezone: string): string {
  return dateOf(Math.floor((tsMs + offsetMs(tsMs, timezone)) / DAY_MS));
}

/** Cuts [fromMs, toMs) into local days, in order of time. */
export function cutIntoDays(fromMs: number, toMs: number, timezone: string): DayRange[] {
  const ranges: { date: string; fromMs: number; toMs: number }[] = [];
  for (const { startMs, endMs, offset } of constantOffsets(fromMs, toMs, timezone)) {
    for (let start = startMs; start < endMs; ) {
      const day = Math.floor((start + offset) / DAY_MS);
      const end = Math.min(endMs, (day + 1) * DAY_MS - offset);
      const date = dateOf(day);
      const last = ranges.at(-1);
      if (last?.date === date) last.toMs = end;
      else ranges.push({ date, fromMs: start, toMs: end });
      start = end;
    }
  }
  return ranges;
}

/** The moment the local day of `tsMs` began. */
export function startOfDay(tsMs: number, timezone: string): number {
  // No day is longer than 25 hours and a bit; two days back is before its beginning.
  const days = cutIntoDays(tsMs - 2 * DAY_MS, tsMs + 1, timezone);
  return days.at(-1)?.fromMs ?? tsMs;
}

/**
 * The moment a local date began and the moment it ended.
 * @returns null for a date that does not exist (31 February, or a day that the zone skipped).
 */
export function rangeOfDate(date: string, timezone: string): { fromMs: number; toMs: number } | null {
  const utc = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) return null;
  const parts = cutIntoDays(utc - 2 * DAY_MS, utc + 3 * DAY_MS, timezone).filter((day) => day.date === date);
  const first = parts[0];
  const last = parts.at(-1);
  return first === undefined || last === undefined ? null : { fromMs: first.fromMs, toMs: last.toMs };
}

/** Week of a date by ISO 8601, `2026-W47`: it begins on Monday and belongs to the year of its Thursday. */
export function weekOfDate(date: string): string {
  const day = Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
  // 1 January 1970 was a Thursday.
  const thursday = Math.floor((day + 3) / 7) * 7;
  const year = dateOf(thursday).slice(0, 4);
  const firstDay = Math.floor(Date.parse(`${year}-01-01T00:00:00Z`) / DAY_MS);
  const week = Math.floor((thursday - firstDay) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** Month of a date, `2026-11`. */
export function monthOfDate(date: string): string {
  return date.slice(0, 7);
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Stretches of [fromMs, toMs) in which the zone's offset does not change. */
function* constantOffsets(
  fromMs: number,
  toMs: number,
  timezone: string,
): Generator<{ startMs: number; endMs: number; offset: number }> {
  let startMs = fromMs;
  let offset = offsetMs(fromMs, timezone);
  for (let known = fromMs; known < toMs; ) {
    const next = Math.min(known + DAY_MS, toMs);
    if (offsetMs(next, timezone) !== offset) {
      const changeMs = changeBetween(known, next, offset, timezone);
      // A change at the very end belongs to what follows the range.
      if (changeMs >= toMs) break;
      yield { startMs, endMs: changeMs, offset };
      startMs = changeMs;
      offset = offsetMs(changeMs, timezone);
      known = changeMs;
    } else {
      known = next;
    }
  }
  if (startMs < toMs) yield { startMs, endMs: toMs, offset };
}

/** The first moment in (sameMs, otherMs] whose offset is not `offset`. */
function changeBetween(sameMs: number, otherMs: number, offset: number, timezone: string): number {
  let low = sameMs;
  let high = otherMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle, timezone) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}
