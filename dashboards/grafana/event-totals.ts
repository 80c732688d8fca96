import { events } from './selectors.ts';
import { sumBy } from './totals.ts';

/** LogQL over the agents' events, exact by event time. Filters are those of `events`. */

/** Model calls: the prompt is everything that was sent, from a cache or not. */
const PROMPT_SIZE =
  'label_format prompt=`{{ add (int .input_tokens) (int .cache_read_tokens) (int .cache_creation_tokens) }}`';

/** How many events there are in the range, by labels. */
export function eventCount(by: readonly string[], ...filters: readonly string[]): string {
  return `${sumBy(by)} (count_over_time(${events(...filters)} [$__range]))`;
}

/** How many events there are in each step of a graph, by labels. */
export function eventCountOverTime(by: readonly string[], ...filters: readonly string[]): string {
  return `${sumBy(by)} (count_over_time(${events(...filters)} [$__auto]))`;
}

/** Sum of a field of events in the range, by labels. */
export function eventSum(field: string, by: readonly string[], ...filters: readonly string[]): string {
  return `${sumBy(by)} (sum_over_time(${events(...filters, `${field}!=""`)} | unwrap ${field} [$__range]))`;
}

/** Sum of a field of events in each step of a graph, by labels. */
export function eventSumOverTime(
  field: string,
  by: readonly string[],
  ...filters: readonly string[]
): string {
  return `${sumBy(by)} (sum_over_time(${events(...filters, `${field}!=""`)} | unwrap ${field} [$__auto]))`;
}

/** Largest value of a field of events in the range, by labels. */
export function eventMax(field: string, by: readonly string[], ...filters: readonly string[]): string {
  return `max_over_time(${events(...filters, `${field}!=""`)} | unwrap ${field} [$__range]) by (${by.join(', ')})`;
}

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
