import { totalInRange } from '../grafana/totals.ts';

/**
 * PromQL: by how much each series of a counter of the bridge grew within a fixed time, as exact as on the dashboards.
 * Not for counters that begin anew when their process does (the Collector's): for those there is `increase()`.
 * @param selector for instance `agent_run_count_total{project="shop"}`
 * @param range for instance `15m`
 */
export function growth(selector: string, range: string): string {
  return totalInRange(selector).replaceAll('$__range', range);
}

/** PromQL: matchers of labels, `{project="shop"}`; empty where there are none. */
export function matching(labels: Readonly<Record<string, string | null>>): string {
  const matchers = Object.entries(labels).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${JSON.stringify(value)}`],
  );
  return matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
}
