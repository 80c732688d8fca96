/**
 * What the names of increments begin with. The bridge tells growth twice: by the counter, which it repeats each minute
 * for those who look at now, and by these gauges, which have a sample where the counter grew and no other.
 */
const INCREMENTS = 'increments_';

/**
 * PromQL: by how much each series of a counter of the bridge grew in the selected range. For instant queries.
 *
 * It is the sum of its increments: exact whether the range starts before the first event, in an outage or after it,
 * and whatever happened to the bridge meanwhile. It reads a sample for each minute in which something happened, where
 * the counter itself has one for every minute. Series that did not grow have no value.
 * @param selector of the counter, see `series`.
 */
export function totalInRange(selector: string): string {
  return sumOfIncrements(selector, '$__range');
}

/** The same per step of a graph, for range queries: bars that add up to the total. */
export function totalPerStep(selector: string): string {
  return sumOfIncrements(selector, '$__interval');
}

/** PromQL: sum of the growth in the range, over all series or by labels. @param selector see `series`. */
export function total(selector: string, ...by: readonly string[]): string {
  return `${sumBy(by)} (${totalInRange(selector)})`;
}

/** PromQL: the same per step of a graph; steps in which nothing happened have no value. */
export function totalOverTime(selector: string, ...by: readonly string[]): string {
  return `${sumBy(by)} (${totalPerStep(selector)}) > 0`;
}

/**
 * PromQL: the value below which this share of what a histogram saw in the range lies.
 * @param share 0.95 for the 95th percentile.
 * @param buckets selector of the histogram's `_bucket` series.
 */
export function percentile(share: number, buckets: string, ...by: readonly string[]): string {
  return `histogram_quantile(${share}, ${total(buckets, 'le', ...by)})`;
}

/**
 * PromQL: `part`, and 0 where `whole` has a value and `part` has none: a count of failures of what never failed.
 * Both with the same labels.
 */
export function partOf(part: string, whole: string): string {
  return `(${part} or 0 * ${whole})`;
}

function sumOfIncrements(selector: string, range: string): string {
  return `sum_over_time(${INCREMENTS}${selector.replace(/_total(?=\{)/, '')}[${range}])`;
}

/** `sum`, by labels where there are any: PromQL and LogQL alike. */
export function sumBy(by: readonly string[]): string {
  return `sum${by.length > 0 ? ` by (${by.join(', ')})` : ''}`;
}
