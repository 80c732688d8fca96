import type { Attributes } from '../../../domain/outbox.ts';
import type { MetricName } from '../../../projections/metric-catalogue.ts';
import type { Series } from './series.ts';

/** Series of one metric that are kept apart (OpenTelemetry's default limit). */
const MAX_SERIES = 2000;
/** Owners that have an overflow series of their own; what belongs to further ones shares one. */
const MAX_OVERFLOW_OWNERS = 200;
/** The attribute that OpenTelemetry gives to what is beyond a limit. */
const OVERFLOW = 'otel.metric.overflow';
const OVERFLOW_ATTRIBUTES: Attributes = { [OVERFLOW]: true };
const OTHER = '(other)';

/**
 * Bounds the number of series: what would be one more of a metric is counted in an overflow series, so that totals stay
 * exact and memory bounded.
 */
export interface CardinalityLimit {
  /** Counts a series that exists. */
  note(series: Series): void;
  /** Where a new series belongs: what was given, or an overflow series. */
  placeOf(
    metric: MetricName,
    resource: Attributes,
    attributes: Attributes,
  ): Pick<Series, 'resource' | 'attributes'>;
  isOverflow(series: Pick<Series, 'attributes'>): boolean;
  /** One sentence for each metric beyond its limit, which names the attribute with the most values. */
  warnings(series: Iterable<Series>): string[];
  clear(): void;
}

/** Creates a limit that has counted nothing yet. */
export function createCardinalityLimit(): CardinalityLimit {
  const counts = new Map<MetricName, { apart: number; overflow: number }>();
  const isOverflow = ({ attributes }: Pick<Series, 'attributes'>): boolean => attributes[OVERFLOW] === true;
  const countOf = (metric: MetricName): { apart: number; overflow: number } => {
    const count = counts.get(metric) ?? { apart: 0, overflow: 0 };
    counts.set(metric, count);
    return count;
  };
  return {
    isOverflow,
    note(series) {
      countOf(series.metric)[isOverflow(series) ? 'overflow' : 'apart'] += 1;
    },
    placeOf(metric, resource, attributes) {
      const { apart, overflow } = countOf(metric);
      if (isOverflow({ attributes })) {
        const isShared = resource.project === OTHER;
        return overflow < MAX_OVERFLOW_OWNERS || isShared
          ? { resource, attributes }
          : { resource: sharedResource(resource), attributes: { ...OVERFLOW_ATTRIBUTES } };
      }
      return apart < MAX_SERIES ? { resource, attributes } : { resource, attributes: OVERFLOW_ATTRIBUTES };
    },
    warnings(series) {
      const overflowing = [...counts].filter(([, { overflow }]) => overflow > 0).map(([metric]) => metric);
      const all = overflowing.length === 0 ? [] : [...series];
      return overflowing.map((metric) => {
        const { name, values } = mostVaried(all.filter((one) => one.metric === metric && !isOverflow(one)));
        return `Metric ${metric} has more than ${MAX_SERIES} series: attribute "${name}" has ${values} values. What comes with further ones is counted under ${OVERFLOW}=true`;
      });
    },
    clear: () => counts.clear(),
  };
}

/** The owner of what belongs to ever more owners. */
function sharedResource(resource: Attributes): Attributes {
  const own = Object.entries(resource).filter(([name]) => name.startsWith('service.'));
  return { ...Object.fromEntries(own), project: OTHER, agent: OTHER, 'agent.framework': OTHER };
}

/** The attribute, of the series or of its resource, with the most values. */
function mostVaried(series: readonly Series[]): { name: string; values: number } {
  const values = new Map<string, Set<unknown>>();
  for (const { resource, attributes } of series) {
    for (const [name, value] of [...Object.entries(resource), ...Object.entries(attributes)]) {
      const known = values.get(name) ?? new Set();
      values.set(name, known.add(value));
    }
  }
  return [...values]
    .map(([name, { size }]) => ({ name, values: size }))
    .reduce((most, next) => (next.values > most.values ? next : most), { name: '', values: 0 });
}
