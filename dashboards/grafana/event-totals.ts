import { events, notable } from './selectors.ts';
import { sumBy } from './totals.ts';

/** LogQL over the agents' events, exact by event time. Filters are those of `events`. */

/** Model calls: the prompt is everything that was sent, from a cache or not. */
const PROMPT_SIZE =
  'label_format prompt=`{{ add (int .input_tokens) (int .cache_read_tokens) (int .cache_creation_tokens) }}`';

/** Counts, sums and peaks over a selection of events, by labels. Filters are those of the selection. */
interface EventTotals {
  /** How many events there are in the range. */
  count(by: readonly string[], ...filters: readonly string[]): string;
  /** How many events there are in each step of a graph. */
  countOverTime(by: readonly string[], ...filters: readonly string[]): string;
  /** Sum of a field in the range. */
  sum(field: string, by: readonly string[], ...filters: readonly string[]): string;
  /** Sum of a field in each step of a graph. */
  sumOverTime(field: string, by: readonly string[], ...filters: readonly string[]): string;
  /** Largest value of a field in the range. */
  max(field: string, by: readonly string[], ...filters: readonly string[]): string;
}

function totalsOf(select: (...filters: readonly string[]) => string): EventTotals {
  const field = (name: string, filters: readonly string[]): string =>
    `${select(...filters, `${name}!=""`)} | unwrap ${name}`;
  return {
    count: (by, ...filters) => `${sumBy(by)} (count_over_time(${select(...filters)} [$__range]))`,
    countOverTime: (by, ...filters) => `${sumBy(by)} (count_over_time(${select(...filters)} [$__auto]))`,
    sum: (name, by, ...filters) => `${sumBy(by)} (sum_over_time(${field(name, filters)} [$__range]))`,
    sumOverTime: (name, by, ...filters) => `${sumBy(by)} (sum_over_time(${field(name, filters)} [$__auto]))`,
    max: (name, by, ...filters) => `max_over_time(${field(name, filters)} [$__range]) by (${by.join(', ')})`,
  };
}

/** Over all events: what one session did. Loki reads every event of the selected projects and agents. */
export const {
  count: eventCount,
  countOverTime: eventCountOverTime,
  sum: eventSum,
  sumOverTime: eventSumOverTime,
  max: eventMax,
} = totalsOf(events);

/** Over notable events alone: quick over any range. */
export const {
  count: notableCount,
  countOverTime: notableCountOverTime,
  sum: notableSum,
  max: notableMax,
} = totalsOf(notable);

/** The largest prompt of model calls in the range, tokens, by labels. */
export function promptPeak(by: readonly string[]): string {
  return promptSize(by, '$__range');
}

/** The largest prompt of model calls in each step of a graph, tokens, by labels. */
export function promptPeakOverTime(by: readonly string[]): string {
  return promptSize(by, '$__auto');
}

/** Unix ms of the first event (`min`) or the last (`max`) in the range, by labels. */
export function eventTime(
  which: 'min' | 'max',
  by: readonly string[],
  ...filters: readonly string[]
): string {
  const selected = events(...filters, 'label_format at=`{{ __timestamp__ | unixEpochMillis }}`');
  return `${which}_over_time(${selected} | unwrap at [$__range]) by (${by.join(', ')})`;
}

function promptSize(by: readonly string[], range: string): string {
  const calls = events('event_name="api.request"', 'input_tokens!=""', PROMPT_SIZE);
  return `max_over_time(${calls} | unwrap prompt [${range}]) by (${by.join(', ')})`;
}
