/**
 * How far back the value before a range is looked for. It is read on every query: a day costs milliseconds where the
 * 30 days that are kept cost seconds.
 */
const LOOKBACK = '1d';

/**
 * PromQL: by how much each series of a counter of the bridge grew within a fixed time. Not for counters that begin anew
 * when their process does (the Collector's): for those there is `increase()`.
 *
 * `increase()` is no help here: it extrapolates, and it sees nothing of a series with one sample in the range. This is
 * the last value in the range minus the last one before it. Without one before it, it is minus the smallest value in
 * the range, which is its first, since counters only rise:
 * - 0 where the series was born in the range: the bridge has its birth stored;
 * - the value that left last, where nothing left for a day: the bridge sends that one again before newer ones;
 * - where the store's memory begins, where the range is longer than that.
 *
 * So it is exact whether the range starts before the first event, in an outage or after it, and the rules need nothing
 * but the counters. Series without any sample in the range have no value.
 * @param selector for instance `agent_run_count_total{project="shop"}`
 * @param range for instance `15m`
 */
export function growth(selector: string, range: string): string {
  const before = `last_over_time(${selector}[${LOOKBACK}] offset ${range})`;
  return `(last_over_time(${selector}[${range}]) - (${before} or min_over_time(${selector}[${range}])))`;
}

/** PromQL: matchers of labels, `{project="shop"}`; empty where there are none. */
export function matching(labels: Readonly<Record<string, string | null>>): string {
  const matchers = Object.entries(labels).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${JSON.stringify(value)}`],
  );
  return matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
}
