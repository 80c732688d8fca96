import { CliError } from '../errors.ts';

const UNIT_MS = { m: 60_000, h: 3_600_000 } as const;
const UNIT_DAYS = { d: 1, w: 7 } as const;

/**
 * The moment that `--since` means, unix ms: `90m`, `12h` before now; `30d`, `4w` back to the start of that day;
 * `2026-11-01` from its start, or a full ISO 8601 time. Days begin at local midnight.
 * @throws CliError USAGE
 */
export function parseSince(text: string, nowMs: number): number {
  const ago = /^(\d{1,6})([mhdw])$/.exec(text);
  if (ago !== null) {
    const amount = Number(ago[1]);
    const unit = ago[2] as keyof typeof UNIT_MS | keyof typeof UNIT_DAYS;
    if (unit === 'm' || unit === 'h') return nowMs - amount * UNIT_MS[unit];
    const day = new Date(nowMs);
    day.setHours(0, 0, 0, 0);
    day.setDate(day.getDate() - amount * UNIT_DAYS[unit]);
    return day.getTime();
  }
  // A date alone would be midnight UTC.
  const timeMs = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(timeMs)) return timeMs;
  throw new CliError('USAGE', `Cannot read --since "${text}": wanted 90m, 12h, 30d, 4w, or 2026-11-01`);
}
