/** A moment: unix milliseconds and the nanoseconds beyond them. */
export interface Timestamp {
  readonly tsMs: number;
  /** 0 to 999999. */
  readonly tsNanos: number;
}

/** RFC 3339 with any number of fractional digits; `T` may be a blank and the colon of the offset may be missing. */
const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,30}))?\s?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;
const UNIX_MS = /^(-?\d{1,16})(?:\.(\d{1,30}))?$/;

/** 1973: a smaller number of milliseconds is meant as seconds. */
const MIN_MS = 1e11;
/** The year 5138: a larger one is meant as micro- or nanoseconds. */
const MAX_MS = 1e14;

/**
 * Reads the time of an event: RFC 3339 or unix milliseconds, as number or text.
 * @returns the moment, or a text that says what is wrong with the value
 */
export function decodeTimestamp(value: unknown): Timestamp | string {
  if (typeof value === 'number' && Number.isFinite(value)) return fromUnixMs(String(value));
  if (typeof value !== 'string') return `found ${describe(value)}, expected RFC 3339 or unix milliseconds`;
  const text = value.trim();
  return UNIX_MS.test(text) ? fromUnixMs(text) : fromRfc3339(text);
}

function fromUnixMs(text: string): Timestamp | string {
  const [, digits, fraction = ''] = UNIX_MS.exec(text) ?? [];
  const tsMs = Number(digits);
  if (digits === undefined || tsMs < MIN_MS || tsMs > MAX_MS) {
    return `found ${text}, expected unix milliseconds such as 1763719200000`;
  }
  return { tsMs, tsNanos: Number(fraction.padEnd(6, '0').slice(0, 6)) };
}

function fromRfc3339(text: string): Timestamp | string {
  const match = RFC_3339.exec(text);
  if (match === null) {
    return `found "${text.slice(0, 60)}", expected RFC 3339 with an offset such as 2026-11-21T10:00:00.123Z`;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const fraction = (match[7] ?? '').padEnd(9, '0').slice(0, 9);
  const [offsetHours, offsetMinutes] = [Number(match[10] ?? 0), Number(match[11] ?? 0)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  // A leap second is the moment that follows it.
  if (!exists || hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) {
    return `found "${text}", which is no date and time that exists`;
  }
  const offsetMs = (match[9] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  const localMs = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + Number(fraction.slice(0, 3));
  const tsMs = localMs - offsetMs;
  // Dates that stand for none: the year 1 of Go, the year 9999 of databases. A clock that was never set shows 1970.
  if (tsMs < 0 || tsMs > MAX_MS) return `found "${text}", expected a time from 1970 to 5138`;
  return { tsMs, tsNanos: Number(fraction.slice(3)) };
}

function describe(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : JSON.stringify(value).slice(0, 60);
}
