import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, MetricPoint } from '../../../domain/outbox.ts';
import type { MetricName } from '../../../projections/metric-catalogue.ts';
import type { Increment } from '../../../projections/metrics.ts';
import { canonical, canonicalResource } from './canonical.ts';
import { createCardinalityLimit } from './cardinality-limit.ts';
import { incrementPoints } from './increment-points.ts';
import { addTo, emptyValue, type Series, toPoint } from './series.ts';

/**
 * Prometheus takes a series for gone after five minutes without a sample: an increment is seen only where the value
 * before it was said again.
 */
const FORGOTTEN_MS = 300_000;

/** Counters and histograms of agents. They live in the journal: they never reset and have one writer. */
export interface SeriesStore {
  /**
   * Adds to series, giving birth to those that are new at `nowMs`.
   * @returns what was added to which: `[series id, value, ...]`
   */
  add(increments: readonly Increment[], resource: Attributes, nowMs: number): number[];
  /**
   * Begins a counter at a value that something else has counted up to already: it is no increment. What is known by now
   * goes on from where it is.
   */
  begin(metric: MetricName, resource: Attributes, attributes: Attributes, value: number): void;
  /**
   * Points that are due, in the order in which they must be stored: births (0) first, then the last values of series
   * that were not exported for a while, then values and by how much they grew (`incrementPoints`).
   * @param all also the series that did not change, so that stores do not take them for gone.
   * @param fromMs no point is older than this, unix ms. @default 0
   */
  duePoints(nowMs: number, all: boolean, fromMs?: number): MetricPoint[];
  /** Which metrics have more series than are kept apart, one sentence each. */
  warnings(): string[];
  /** Writes what changed. Call it before the transaction ends. */
  flush(): void;
  /** Reads everything anew, after a transaction that failed. */
  reset(): void;
}

/** Birth of what counted before it was first seen. Of a known one Prometheus may make a 0, from which it would jump. */
const UNKNOWN_MS = 0;

/**
 * Opens the series on the journal's writing connection.
 * @param instanceId those of another instance are history: they never change again and are no longer exported.
 */
export function createSeriesStore(database: DatabaseSync, instanceId: string): SeriesStore {
  const insert = database.prepare(
    'INSERT INTO series (metric, resource, attributes, value, start_ms) VALUES (?, ?, ?, ?, ?) RETURNING id',
  );
  const update = database.prepare('UPDATE series SET value = ?, exported_value = ? WHERE id = ?');
  const limit = createCardinalityLimit();
  const byKey = new Map<string, Series>();
  /** Series by their attributes as they come: the same code names them in the same order. */
  const byText = new Map<string, Series>();
  /** Those with a value that was not exported yet. */
  const due = new Set<Series>();
  const changed = new Set<Series>();

  const remember = (series: Series): Series => {
    byKey.set(
      seriesKey(series.metric, canonicalResource(series.resource), canonical(series.attributes)),
      series,
    );
    limit.note(series);
    return series;
  };

  const load = (): void => {
    for (const cache of [byKey, byText, due, changed]) cache.clear();
    limit.clear();
    for (const row of database.prepare('SELECT * FROM series').iterate()) {
      const series = rowSeries(row);
      if (series.resource['service.instance.id'] !== instanceId) continue;
      remember(series);
      if (series.exported !== JSON.stringify(series.value)) due.add(series);
    }
  };

  const findOrCreate = (
    metric: MetricName,
    resource: Attributes,
    attributes: Attributes,
    nowMs: number,
  ): Series => {
    const resourceKey = canonicalResource(resource);
    const attributesKey = canonical(attributes);
    const known = byKey.get(seriesKey(metric, resourceKey, attributesKey));
    if (known !== undefined) return known;
    const place = limit.placeOf(metric, resource, attributes);
    if (place.attributes !== attributes) return findOrCreate(metric, place.resource, place.attributes, nowMs);
    const value = emptyValue(metric);
    const row = insert.get(metric, resourceKey, attributesKey, JSON.stringify(value), nowMs);
    return remember({
      id: Number(row?.id),
      metric,
      // As they will be read back: a restart changes no byte of what leaves.
      resource: JSON.parse(resourceKey) as Attributes,
      attributes: JSON.parse(attributesKey) as Attributes,
      startMs: nowMs,
      value,
      exported: null,
      exportedMs: null,
    });
  };

  const find = (increment: Increment, resource: Attributes, nowMs: number): Series => {
    const { metric, attributes } = increment;
    const text = seriesKey(metric, canonicalResource(resource), JSON.stringify(attributes));
    const known = byText.get(text);
    if (known !== undefined) return known;
    const series = findOrCreate(metric, resource, attributes, nowMs);
    // Those beyond the limit are without number.
    if (!limit.isOverflow(series)) byText.set(text, series);
    return series;
  };

  load();
  return {
    add(increments, resource, nowMs) {
      return increments.flatMap((increment) => {
        const series = find(increment, resource, nowMs);
        series.value = addTo(series.value, increment.value);
        changed.add(series);
        due.add(series);
        return [series.id, increment.value];
      });
    },
    begin(metric, resource, attributes, value) {
      const series = find({ metric, attributes, value }, resource, UNKNOWN_MS);
      if (series.exported !== null || series.value !== 0) return;
      series.value = value;
      // As if it had been said before: no birth at 0, from which this would be a jump.
      series.exported = JSON.stringify(value);
      // Where it has grown before the first export this is said first.
      series.exportedMs = null;
      changed.add(series);
      due.add(series);
    },
    duePoints(nowMs, all, fromMs = 0) {
      const births: MetricPoint[] = [];
      const lastValues: MetricPoint[] = [];
      const values: MetricPoint[] = [];
      for (const series of all ? byKey.values() : due) {
        const { exported, exportedMs } = series;
        const value = JSON.stringify(series.value);
        const bornMs = Math.max(series.startMs, fromMs);
        if (exported === null) births.push(toPoint(series, emptyValue(series.metric), bornMs));
        else if (exported !== value && (exportedMs === null || nowMs - exportedMs > FORGOTTEN_MS)) {
          lastValues.push(toPoint(series, JSON.parse(exported) as Series['value'], nowMs - 1));
        }
        // A birth and a value of one moment would be one sample.
        values.push(toPoint(series, series.value, Math.max(nowMs, bornMs + 1)));
        if (exported !== value) {
          const before = exported === null ? emptyValue(series.metric) : JSON.parse(exported);
          values.push(...incrementPoints(series, before as Series['value'], nowMs));
          changed.add(series);
        }
        series.exported = value;
        series.exportedMs = nowMs;
      }
      due.clear();
      return [...births, ...lastValues, ...values];
    },
    warnings: () => limit.warnings(byKey.values()),
    flush() {
      for (const series of changed) update.run(JSON.stringify(series.value), series.exported, series.id);
      changed.clear();
    },
    reset: load,
  };
}

function rowSeries(row: Record<string, unknown>): Series {
  return {
    id: Number(row.id),
    metric: String(row.metric) as MetricName,
    resource: JSON.parse(String(row.resource)) as Attributes,
    attributes: JSON.parse(String(row.attributes)) as Attributes,
    startMs: Number(row.start_ms),
    value: JSON.parse(String(row.value)) as Series['value'],
    exported: row.exported_value === null ? null : String(row.exported_value),
    exportedMs: null,
  };
}

function seriesKey(metric: string, resource: string, attributes: string): string {
  return `${metric}\n${resource}\n${attributes}`;
}
