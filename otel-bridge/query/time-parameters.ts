import * as z from 'zod';
import { isTimeZone, rangeOfDate, startOfDay } from '../domain/calendar.ts';
import { MonitorError } from '../domain/error.ts';
import { parameter, wrongParameter } from './parameters.ts';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const UNIX_MS = /^\d{11,14}$/;
const RELATIVE = /^(\d{1,5})([mhdw])$/;
const WANTED = 'a length of time (30d, 24h), a date (2026-11-21) or a time (2026-11-21T10:00:00Z)';

/** A moment as a parameter; see `readMoment`. */
export const momentParameter = parameter(z.string().min(1).max(64), WANTED).optional();

/** The name of a time zone. */
export const timezoneParameter = parameter(
  z.string().max(64).refine(isTimeZone),
  'the IANA name of a time zone (Europe/Berlin)',
).optional();

/** What a moment is read against. */
export interface MomentContext {
  /** Name of the parameter, for messages. */
  readonly name: string;
  readonly nowMs: number;
  /** IANA name. */
  readonly timezone: string;
  /** Which end of a day a date means: the first moment of it, or the first moment after it. */
  readonly edge: 'since' | 'until';
}

/**
 * Reads a moment, unix ms. `90m` and `24h` are exact lengths before now; `30d` and `2w` reach back to the beginning of
 * the local day that many days ago, so that no day is told in part; a date is a whole local day; a time says its zone;
 * unix milliseconds are taken too.
 * @throws MonitorError `invalid`
 */
export function readMoment(text: string, { name, nowMs, timezone, edge }: MomentContext): number {
  const [, count, unit] = RELATIVE.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const beforeMs = nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
    return unit === 'd' || unit === 'w' ? startOfDay(beforeMs, timezone) : beforeMs;
  }
  if (UNIX_MS.test(text)) return Number(text);
  if (DATE.test(text)) {
    const range = rangeOfDate(text, timezone);
    if (range !== null) return edge === 'since' ? range.fromMs : range.toMs;
  }
  // A plus sign that was not percent-encoded arrives as a space.
  const time = text.replace(' ', '+');
  const tsMs = TIME.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(tsMs)) throw new MonitorError('invalid', wrongParameter(name, text, WANTED));
  return tsMs;
}

/** Parameters of a range of time. */
export const rangeParameters = {
  since: momentParameter,
  until: momentParameter,
  tz: timezoneParameter,
};

/** A range of time: fromMs <= time < toMs. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly timezone: string;
}

/**
 * The range that `since`, `until` and `tz` ask for. It has no end unless one is asked for: agents' clocks may be fast.
 * @throws MonitorError `invalid`
 */
export function readRange(
  asked: { since?: string | undefined; until?: string | undefined; tz?: string | undefined },
  defaults: { readonly since: string; readonly timezone: string; readonly nowMs: number },
): Range {
  const timezone = asked.tz ?? defaults.timezone;
  const context = { nowMs: defaults.nowMs, timezone };
  const since = asked.since ?? defaults.since;
  const fromMs = readMoment(since, { ...context, name: 'since', edge: 'since' });
  const toMs =
    asked.until === undefined
      ? Number.MAX_SAFE_INTEGER
      : readMoment(asked.until, { ...context, name: 'until', edge: 'until' });
  if (fromMs > toMs) {
    throw new MonitorError(
      'invalid',
      wrongParameter('until', asked.until, `a moment after since (${since})`),
    );
  }
  return { fromMs, toMs, timezone };
}
