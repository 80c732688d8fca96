import { sumBy } from './totals.ts';

/**
 * PromQL: how much a counter grew in the range that begins anew with its process, as those of the bridge's and the
 * stores' own work do. `increase()` sees a restart, and estimates what lies beyond the first and last sample.
 */
export function ownTotal(selector: string, ...by: readonly string[]): string {
  return `${sumBy(by)} (increase(${selector}[$__range]))`;
}

/** PromQL: the same as a rate per second over time. */
export function ownRate(selector: string, ...by: readonly string[]): string {
  return `${sumBy(by)} (rate(${selector}[$__rate_interval]))`;
}
