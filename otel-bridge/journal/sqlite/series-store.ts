import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, HistogramValue, MetricPoint } from '../../domain/outbox.ts';
import { type MetricName, metricDefinition } from '../../projections/metric-catalogue.ts';
import type { Increment } from '../../projections/metrics.ts';

/** Cost is counted in integer nano-dollars and leaves as dollars. */
const SCALES: Partial<Record<MetricName, number>> = { 'agent.cost.usage': 1e9 };

interface Series {
  readonly id: number;
  readonly metric: MetricName;
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly startMs: number;
  value: number | HistogramValue;
  /** JSON of the value of the newest point that was put into the outbox; null before the first. */
  exported: string | null;
}

/** Counters and histograms of agents. They live in the journal: they never reset and have one writer. */
export interface SeriesStore {
  /** Adds to series, giving birth to those that are new at `nowMs`. */
  add(increments: readonly Increment[], resource: Attributes, nowMs: number): void;
  /**
   * Points that are due, in the order in which they must be stored: births (0) first, then values.
   * @param all also the series that did not change, so that stores do not take them for gone.
   */
  duePoints(nowMs: number, all: boolean): MetricPoint[];
  /** The last value that was exported of every series, at `nowMs`: what comes first after a time without export. */
  lastExported(nowMs: number): MetricPoint[];
  /** Writes what changed. Call it before the transaction ends. */
  flush(): void;
  /** Reads everything anew, after a transaction that failed. */
  reset(): void;
}

/**
 * Opens the series on the journal's writing connection.
 * @param instanceId those of another instance are history: they never change again and are no longer exported.
 */
export function createSeriesStore(database: DatabaseSync, instanceId: string): SeriesStore {
  const insert = database.prepare(
    'INSERT INTO series (metric, resource, attributes, value, start_ms) VALUES (?, ?, ?, ?, ?) RETURNING id',
  );
  const update = database.prepare('UPDATE series SET value = ?, exported_value = ? WHERE id = ?');
  let byKey = load(database, instanceId);
  const changed = new Set<Series>();

  const find = (metric: MetricName, resource: Attributes, attributes: Attributes, nowMs: number): Series => {
    const resourceKey = canonical(resource);
    const attributesKey = canonical(attributes);
    const key = seriesKey(metric, resourceKey, attributesKey);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const value = emptyValue(metric);
    const row = insert.get(metric, resourceKey, attributesKey, JSON.stringify(value), nowMs);
    const series: Series = {
      id: Number(row?.id),
      metric,
      // As they will be read back: a restart changes no byte of what leaves.
      resource: JSON.parse(resourceKey) as Attributes,
      attributes: JSON.parse(attributesKey) as Attributes,
      startMs: nowMs,
      value,
      exported: null,
    };
    byKey.set(key, series);
    return series;
  };

  return {
    add(increments, resource, nowMs) {
      for (const { metric, attributes, value } of increments) {
        const series = find(metric, resource, attributes, nowMs);
        series.value = typeof series.value === 'number' ? series.value + value : observe(series.value, value);
        changed.add(series);
      }
    },
    duePoints(nowMs, all) {
      const births: MetricPoint[] = [];
      const values: MetricPoint[] = [];
      for (const series of byKey.values()) {
        const value = JSON.stringify(series.value);
        if (series.exported === value && !all) continue;
        if (series.exported === null) births.push(toPoint(series, emptyValue(series.metric), series.startMs));
        // A birth and a value of one moment would be one sample.
        values.push(toPoint(series, series.value, Math.max(nowMs, series.startMs + 1)));
        series.exported = value;
        changed.add(series);
      }
      return [...births, ...values];
    },
    lastExported(nowMs) {
      return [...byKey.values()]
        .filter((series) => series.exported !== null)
        .map((series) => toPoint(series, JSON.parse(series.exported ?? '0') as Series['value'], nowMs));
    },
    flush() {
      for (const series of changed) update.run(JSON.stringify(series.value), series.exported, series.id);
      changed.clear();
    },
    reset() {
      byKey = load(database, instanceId);
      changed.clear();
    },
  };
}

function load(database: DatabaseSync, instanceId: string): Map<string, Series> {
  const byKey = new Map<string, Series>();
  for (const row of database.prepare('SELECT * FROM series').all()) {
    const metric = String(row.metric) as MetricName;
    const resource = JSON.parse(String(row.resource)) as Attributes;
    if (resource['service.instance.id'] !== instanceId) continue;
    byKey.set(seriesKey(metric, String(row.resource), String(row.attributes)), {
      id: Number(row.id),
      metric,
      resource,
      attributes: JSON.parse(String(row.attributes)) as Attributes,
      startMs: Number(row.start_ms),
      value: JSON.parse(String(row.value)) as Series['value'],
      exported: row.exported_value === null ? null : String(row.exported_value),
    });
  }
  return byKey;
}

function toPoint(series: Series, value: Series['value'], tsMs: number): MetricPoint {
  const { kind, unit } = metricDefinition(series.metric);
  const scale = SCALES[series.metric] ?? 1;
  return {
    seriesId: series.id,
    metric: series.metric,
    unit,
    kind,
    resource: series.resource,
    attributes: series.attributes,
    startMs: series.startMs,
    tsMs,
    value: typeof value === 'number' ? value / scale : value,
  };
}

function emptyValue(metric: MetricName): number | HistogramValue {
  const { bounds } = metricDefinition(metric);
  if (bounds === undefined) return 0;
  return { count: 0, sum: 0, bounds, bucketCounts: new Array<number>(bounds.length + 1).fill(0) };
}

function observe(histogram: HistogramValue, value: number): HistogramValue {
  const index = histogram.bounds.findIndex((bound) => value <= bound);
  const place = index === -1 ? histogram.bounds.length : index;
  return {
    ...histogram,
    count: histogram.count + 1,
    sum: histogram.sum + value,
    bucketCounts: histogram.bucketCounts.map((count, at) => (at === place ? count + 1 : count)),
  };
}

/** JSON with sorted keys: the same attributes are the same text. */
function canonical(attributes: Attributes): string {
  return JSON.stringify(Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function seriesKey(metric: string, resource: string, attributes: string): string {
  return `${metric}\n${resource}\n${attributes}`;
}
