/**
 * How far back the value before a range is looked for. It is read on every query, and a counter has a sample a minute:
 * a day costs milliseconds where the 30 days that are kept cost seconds.
 */
const LOOKBACK = '1d';

/**
 * PromQL: by how much each series of a counter that never resets grew in the selected range. For instant queries.
 *
 * `increase()` is no help here: it extrapolates, and it sees nothing of a series with one sample in the range. This is
 * the last value in the range minus the last one before it. Without one before it, it is minus the smallest value in
 * the range, which is its first, since counters only rise:
 * - 0 where the series was born in the range: the bridge has its birth stored;
 * - the value that left last, where nothing left for a day: the bridge sends that one again before newer ones;
 * - where the store's memory begins, where the range is longer than that.
 *
 * So it is exact whether the range starts before the first event, in an outage or after it. Series without any sample
 * in the range have no value.
 * @param selector see `series`.
 */
export function totalInRange(selector: string): string {
  return growth(selector, '$__range');
}

/** The same per step of a graph, for range queries: bars that add up to the total. */
export function totalPerStep(selector: string): string {
  return growth(selector, '$__interval');
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

function growth(selector: string, range: string): string {
  const before = `last_over_time(${selector}[${LOOKBACK}] offset ${range})`;
  return `(last_over_time(${selector}[${range}]) - (${before} or min_over_time(${selector}[${range}])))`;
}

/** `sum`, by labels where there are any: PromQL and LogQL alike. */
export function sumBy(by: readonly string[]): string {
  return `sum${by.length > 0 ? ` by (${by.join(', ')})` : ''}`;
}
