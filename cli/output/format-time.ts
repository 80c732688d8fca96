/** Writes an ISO 8601 time as local date and time to the second: `2026-11-21 10:04:05`. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return `${formatDay(iso)} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')}`;
}

/** Writes the local date of an ISO 8601 time: `2026-11-21`. */
export function formatDay(iso: string): string {
  const time = new Date(iso);
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
