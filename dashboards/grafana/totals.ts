/** How far back the value at the start of a range is looked for: as long as metrics are kept unless settings say more. */
const TOTAL_LOOKBACK = '30d';

/**
 * The same for the bars of a graph, which ask at hundreds of points: the bridge repeats every series each minute, so
 * more than a day is needed only when the machine slept that long.
 */
const BAR_LOOKBACK = '1d';

/**
 * PromQL: by how much each series of a counter that never resets grew in the selected range. For instant queries.
 *
 * `increase()` is no help here: it extrapolates, and it sees nothing of a series with one sample in the range. This is
 * the last value in the range minus the last one before it. A series without one before was born in the range, and
 * its first sample is a stored 0; or the store does not remember further back, and then growth is counted from where
 * its memory starts. Both are the smallest value in the range, since counters only rise.
 *
 * The value is exact, whether the range starts before the first event, in an outage or after it. Series without any
 * sample in the range have no value.
 * @param selector see `series`.
 */
export function totalInRange(selector: string): string {
  return growth(selector, '$__range', TOTAL_LOOKBACK);
}

/** The same per step of a graph, for range queries: bars that add up to the total. */
export function totalPerStep(selector: string): string {
  return growth(selector, '$__interval', BAR_LOOKBACK);
}

/**
 * PromQL: `part`, and 0 where `whole` has a value and `part` has none: a count of failures of what never failed.
 * Both with the same labels.
 */
export function partOf(part: string, whole: string): string {
  return `(${part} or 0 * ${whole})`;
}

function growth(selector: string, range: string, lookback: string): string {
  const before = `last_over_time(${selector}[${lookback}] offset ${range})`;
  return `(last_over_time(${selector}[${range}]) - (${before} or min_over_time(${selector}[${range}])))`;
}
