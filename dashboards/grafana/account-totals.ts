import { accounts } from './selectors.ts';
import { sumBy } from './totals.ts';

/**
 * LogQL over the accounts of sessions: what each did in a minute, a record of each (`projections/session-account.ts` of
 * the bridge names their fields). Sums over them are those over events, but for a minute at the edges of the range, and
 * read a few records where events are very many. Filters are those of `accounts`.
 */

/** Sum of a field in the range, by labels. */
export function accountSum(field: string, by: readonly string[], ...filters: readonly string[]): string {
  return `${sumBy(by)} (sum_over_time(${fieldOf(field, filters)} [$__range]))`;
}

/** Largest value of a field in the range, by labels. */
export function accountMax(field: string, by: readonly string[], ...filters: readonly string[]): string {
  return `max_over_time(${fieldOf(field, filters)} [$__range]) by (${by.join(', ')})`;
}

/** Largest value of a field in each step of a graph, by labels. */
export function accountMaxOverTime(field: string, by: readonly string[]): string {
  return `max_over_time(${fieldOf(field, [])} [$__auto]) by (${by.join(', ')})`;
}

/** Unix ms of the first event of which the range has the account. */
export function firstEvent(by: readonly string[]): string {
  return `min_over_time(${fieldOf('first_ms', ['session_id!=""'])} [$__range]) by (${by.join(', ')})`;
}

/** Unix ms of the last event in the range. */
export function lastEvent(by: readonly string[]): string {
  return accountMax('last_ms', by, 'session_id!=""');
}

function fieldOf(field: string, filters: readonly string[]): string {
  return `${accounts(`${field}!=""`, ...filters)} | unwrap ${field}`;
}
