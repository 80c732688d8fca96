/** How figures and times read on the page. What is not known is a dash. */

/** What stands where a value is not known. */
export const DASH = '–';

const GROUPED = new Intl.NumberFormat('en-US');
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const CENTS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `12,345`. */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/** `1.23M`, for figures whose size matters more than their digits. */
export function formatCompact(count: number): string {
  return count < 10_000 ? GROUPED.format(count) : COMPACT.format(count);
}

/** `$12.34`; sums under a cent keep two digits that mean something. */
export function formatUsd(nanoUsd: number | null): string {
  if (nanoUsd === null) return DASH;
  const usd = nanoUsd / 1e9;
  if (usd === 0 || usd >= 0.01) return `$${CENTS.format(usd)}`;
  return `$${usd < 0.000_001 ? '0.000001' : Number(usd.toPrecision(2)).toFixed(6).replace(/0+$/, '')}`;
}

/** `512 B`, `1.5 MiB`, `12 GiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return DASH;
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${BYTE_UNITS[power] ?? ''}`;
}

/** `450 ms`, `12 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return DASH;
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}

/** `2026-11-21 10:34:05` as local clocks show it. */
export function formatTime(tsMs: number, timezone: string): string {
  return new Date(tsMs).toLocaleString('sv-SE', { timeZone: timezone });
}

/** `10:34:05` where it is today there, else `2026-11-20 10:34`. */
export function formatTimeShort(tsMs: number, timezone: string, nowMs: number): string {
  const time = formatTime(tsMs, timezone);
  return time.slice(0, 10) === formatTime(nowMs, timezone).slice(0, 10) ? time.slice(11) : time.slice(0, 16);
}
